import { hash } from 'node:crypto';
import { canonicalNumber, ExactNumber, parseLossless } from '@eventhooks/contract/exact-json';

/** 132 bits: digests of different data are never equal by chance. */
const digestCharacters = 22;

/**
 * Identifies an event for a hook: a hash of the event's `unique` fields, or of all its data where the catalogue names no
 * such field or the event has none of them. Must give the same digest in every release, because stored digests are
 * compared with new ones.
 *
 * The digest is the first 22 characters, in base64url, of SHA-256 over canonical JSON: RFC 8785, except that numbers keep
 * all their digits and lone surrogates are escaped. The order of keys does not matter, nor does the spelling of a number
 * (`1`, `1.0` and `10e-1` are one number; `-0` and `0` are). Numbers that differ in any digit differ, even if their
 * doubles are the same. A missing field differs from one that is null. If a key occurs twice, its last value counts.
 *
 * @param data JSON text of an object. The caller bounds its depth.
 * @param unique names of top-level fields. Null or empty: all data.
 * @throws {SyntaxError} when `data` is not JSON.
 */
export function digestOf(data: string, unique: readonly string[] | null): string {
  const fields = Object.entries(Object(parseLossless(data)));
  const counted = fields.filter(([name]) => unique?.includes(name));
  const text = printFields(counted.length === 0 ? fields : counted);
  return hash('sha256', text, 'base64url').slice(0, digestCharacters);
}

function printCanonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof ExactNumber) return canonicalNumber(value.source);
  return Array.isArray(value) ? `[${value.map(printCanonical).join(',')}]` : printFields(Object.entries(value));
}

function printFields(fields: [name: string, value: unknown][]): string {
  const sorted = fields.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${printCanonical(value)}`).join(',')}}`;
}
