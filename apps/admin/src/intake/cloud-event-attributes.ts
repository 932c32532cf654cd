import { type Fault, findTextFault, isJsonObject } from '@eventhooks/contract';

/** Attributes as a mode gives them: by name, texts in binary mode, JSON values in structured mode. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * The faults of a CloudEvent's context attributes, by the specification 1.0.2: required ones, types, and the formats of
 * those that have one. `data` and `data_base64` are not attributes.
 */
export function findAttributeFaults(attributes: Attributes): Fault[] {
  const missing = requiredNames
    .filter((name) => isUnset(attributes[name]))
    .map((name) => ({ path: [name], message: 'required field missing' }));
  const invalid = Object.entries(attributes).flatMap(([name, value]): Fault[] => {
    const message = isUnset(value) ? null : findFault(name, value);
    return message === null ? [] : [{ path: [name.toWellFormed()], message }];
  });
  return [...missing, ...invalid];
}

const requiredNames = ['specversion', 'id', 'source', 'type'];

/** JSON format, section 3.1: null is the same as absence. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Section 3.1 of the specification: names are lower-case letters and digits. */
const attributeName = /^[a-z0-9]+$/;
/** Section 3.1, String: no control characters, surrogates or non-characters. */
const forbiddenCharacters = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;
const maxInteger = 2 ** 31;
/** A generous bound: every attribute that is kept has a much lower limit. */
const maxLength = 8_192;

function findFault(name: string, value: unknown): string | null {
  const check = checks.get(name);
  if (typeof value === 'string' && value.length > maxLength) return `length must be at most ${maxLength}`;
  if (check !== undefined)
    return typeof value === 'string' ? (findStringFault(value) ?? check(value)) : 'expected a string';
  if (!attributeName.test(name)) return 'attribute names are lower-case letters and digits';
  if (typeof value === 'string') return findTextFault(value) ?? findCharacterFault(value);
  if (typeof value === 'boolean') return null;
  const isInteger = typeof value === 'number' && Number.isInteger(value) && value >= -maxInteger && value < maxInteger;
  return isInteger ? null : 'expected a string, a boolean or an integer of 32 bits';
}

function findStringFault(value: string): string | null {
  return value === '' ? 'must not be empty' : (findTextFault(value) ?? findCharacterFault(value));
}

function findCharacterFault(value: string): string | null {
  return forbiddenCharacters.test(value) ? 'must not contain control characters' : null;
}

const checks: ReadonlyMap<string, (value: string) => string | null> = new Map<string, (value: string) => string | null>(
  [
    ['specversion', (value) => (value === '1.0' ? null : "expected '1.0'")],
    ['id', () => null],
    ['source', (value) => (isUriReference(value) ? null : 'expected a URI-reference')],
    ['type', () => null],
    ['datacontenttype', (value) => (mediaType.test(value) ? null : 'expected a media type')],
    ['dataschema', (value) => (/^[a-z]/i.test(value) && isUri(value) ? null : 'expected a URI')],
    ['subject', () => null],
    ['time', (value) => (isTimestamp(value) ? null : 'expected a time of RFC 3339')],
  ],
);

/** RFC 2045, section 5.1. */
const mediaType =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*"))*[ \t]*;?$/;

/** RFC 3986, appendix B, with the characters that each part may have. */
const uriParts =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:[\w.~!$&'()*+,;=:@[\]-]|%[0-9A-Fa-f]{2})*(?=[/?#]|$))?(?<path>(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/;

function isUriReference(value: string): boolean {
  const groups = uriParts.exec(value)?.groups;
  if (groups === undefined) return false;
  // Without a scheme, a colon in the first segment would read as one.
  return groups.scheme !== undefined || !groups.path?.split('/', 1)[0]?.includes(':');
}

function isUri(value: string): boolean {
  return uriParts.exec(value)?.groups?.scheme !== undefined;
}

const timestamp =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

function isTimestamp(value: string): boolean {
  const [, year = '', month = '', day = ''] = timestamp.exec(value) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** The event of the JSON format as attributes and data. */
export function splitMembers(event: unknown): { attributes: Attributes; data: unknown; base64: unknown } | null {
  if (!isJsonObject(event)) return null;
  const { data, data_base64: base64, ...attributes } = event;
  return { attributes, data, base64 };
}
