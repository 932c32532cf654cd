import { ExactNumber } from './exact-json.ts';

/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A fault at a place in a document; `path` holds object keys and array indexes. */
export interface Fault {
  path: readonly (string | number)[];
  message: string;
}

/** True for what JSON calls an object: not null, not an array, not a number kept as it was written. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** True when a parsed JSON value nests no deeper than `levels` (a scalar nests 0, `{}` and `[]` 1). */
export function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object' && !isWithinDepth(item, levels - 1)) return false;
    }
    return true;
  }
  for (const key in value) {
    const item: unknown = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && !isWithinDepth(item, levels - 1)) return false;
  }
  return true;
}

/** A fault of the whole body: it is not an object, or nests too deep to be examined safely. */
export function findShapeFault(body: unknown, levels: number): Fault | null {
  if (!isJsonObject(body)) return { path: [], message: 'expected a record' };
  return isWithinDepth(body, levels) ? null : { path: [], message: `nests deeper than ${levels} levels` };
}

/** The reason why PostgreSQL cannot store this text, or null: `text` and `jsonb` hold neither NUL nor half a surrogate pair. */
export function findTextFault(text: string): string | null {
  if (text.includes('\u0000')) return 'must not contain a NUL character';
  if (!text.isWellFormed()) return 'must be well-formed Unicode';
  return null;
}

/**
 * Faults of a document that no schema states: text that PostgreSQL cannot store, and keys named `__proto__`, which JavaScript
 * libraries drop or follow. The caller bounds the document's depth.
 */
export function findDocumentFaults(value: unknown, path: readonly (string | number)[] = []): Fault[] {
  if (typeof value === 'string') {
    const message = findTextFault(value);
    return message === null ? [] : [{ path, message }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => findDocumentFaults(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const keyFault = key === '__proto__' ? 'unknown field' : findTextFault(key);
    if (keyFault !== null) return [{ path: [...path, key.toWellFormed()], message: keyFault }];
    return findDocumentFaults(item, [...path, key]);
  });
}
