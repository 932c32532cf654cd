import { isRecord } from './api.ts';

/** What a reference inside of a document (`#/$defs/address`) points to; undefined where there is nothing. */
export function resolvePointer(reference: string, root: unknown): unknown {
  let value: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
