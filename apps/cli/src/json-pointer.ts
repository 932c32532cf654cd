import { isRecord } from './api.ts';

/** The value to which a reference within a document (`#/$defs/address`) points; undefined if there is none. */
export function resolvePointer(reference: string, root: unknown): unknown {
  let value: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
