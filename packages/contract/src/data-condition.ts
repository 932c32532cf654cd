import { type ExactValue, parseExact, stringifyExact } from './exact-json.ts';

/** A value at a path in an event's data. */
export interface DataCondition {
  path: readonly string[];
  /** Compared as text: `1` is the number 1 and the text "1". */
  value: string;
}

/** Reads `entity.roles.0=admin`; null when there is no path or no value. */
export function parseDataCondition(text: string): DataCondition | null {
  const [, path = '', value = ''] = /^\s*(?:data\.)?([^=\s][^=]*?)\s*=\s*(.*?)\s*$/s.exec(text) ?? [];
  const names = path.split('.');
  return value === '' || names.some((name) => name === '') ? null : { path: names, value };
}

/** Whether data, as JSON text, meet the condition. */
export function meetsCondition(data: string, { path, value }: DataCondition): boolean {
  let found: ExactValue | undefined = parseExact(data);
  for (const name of path) {
    if (found instanceof Map) found = found.get(name);
    else if (Array.isArray(found) && /^\d+$/.test(name)) found = found[Number(name)];
    else return false;
  }
  if (found === undefined) return false;
  return (typeof found === 'string' ? found : stringifyExact(found)) === value;
}
