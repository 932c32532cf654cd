import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../api.ts';

export interface FieldChange {
  /** Dotted: `config.url`. */
  field: string;
  before: unknown;
  after: unknown;
}

export interface Step {
  action: 'create' | 'update' | 'delete' | 'unchanged';
  kind: 'hook' | 'source' | 'inbound';
  label: string;
  /** The hook's id, or the endpoint's name, if it exists. */
  id: string | null;
  changes: FieldChange[];
  /** The body that is sent; empty where none is. */
  body: Record<string, unknown>;
}

/** The fields in which two objects differ, two levels deep: `config.url`, but `config.headers` as a whole. */
export function compare(before: Record<string, unknown>, after: Record<string, unknown>, prefix = ''): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((key) => {
    const [old, current] = [before[key], after[key]];
    if (isDeepStrictEqual(old, current)) return [];
    if (prefix === '' && isRecord(old) && isRecord(current)) return compare(old, current, `${key}.`);
    return [{ field: prefix + key, before: old ?? null, after: current ?? null }];
  });
}
