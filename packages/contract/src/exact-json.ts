/**
 * JSON without loss. JavaScript's own values change documents: numbers become doubles (`7615917337495251231`, `136.0`,
 * `1e400`), and keys that look like array indexes move to the front. This module keeps both.
 *
 * If a key occurs twice, its last value counts, in the first one's place, as in `JSON.parse`. White space between
 * tokens is dropped, and strings are spelled as `JSON.stringify` spells them. No dependencies: sandboxes bundle this file.
 */

import { findStringEnd, isPlainJson, mayBeIndex, type Reader, skipSpace } from './plain-json.ts';

declare global {
  interface JSON {
    /** A value that `JSON.stringify` prints as `text`, which is that of one number, string, boolean or null. */
    rawJSON(text: string): object;
    /** `context.source` is the text of a number, string, boolean or null. */
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

/** A number as it was written. `String(number)` and `JSON.stringify(number)` give its text, arithmetic its double. */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }

  valueOf(): number {
    return Number(this.source);
  }

  toJSON(): object {
    return JSON.rawJSON(this.source);
  }
}

/** JSON text in place of its value: `stringifyExact` prints it as it is. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** For `JSON.stringify`. */
  toJSON(): unknown {
    return parseLossless(this.text);
  }
}

/** A document without loss. Objects are maps: those keep the order of all keys, and take any name. */
export type ExactValue = null | boolean | string | ExactNumber | ExactValue[] | ExactObject;
export type ExactObject = Map<string, ExactValue>;

/** Reading and printing recurse, so deeper documents are refused. */
const maxDepth = 1_000;

/**
 * Reads a JSON text without loss.
 *
 * @throws {SyntaxError} when it is not JSON, or nests deeper than 1,000 levels.
 */
export function parseExact(text: string): ExactValue {
  const reader: Reader = { text, at: 0 };
  skipSpace(reader);
  const value = readValue(reader, 0);
  if (reader.at < text.length) throw unexpected(reader);
  return value;
}

/**
 * Reads a JSON text as JavaScript's own values, with an ExactNumber in place of each number that JavaScript would print
 * otherwise. Objects list their keys in the text's order; a copy (`{ ...object }`) of one that `createObject` made does not.
 *
 * @throws {SyntaxError} as `parseExact` does.
 */
export function parseLossless(text: string): unknown {
  return isPlainJson(text) ? JSON.parse(text) : toJavaScript(parseExact(text));
}

function toJavaScript(value: ExactValue): unknown {
  if (value instanceof ExactNumber) {
    const number = Number(value.source);
    return String(number) === value.source ? number : value;
  }
  if (Array.isArray(value)) return value.map(toJavaScript);
  return value instanceof Map ? createObject([...value].map(([key, item]) => [key, toJavaScript(item)])) : value;
}

/**
 * An object that lists its keys in the order of `entries`: for `Object.keys`, `JSON.stringify` and whatever else goes through them.
 * Keys that look like array indexes, which JavaScript moves to the front, make it a proxy, which `structuredClone` refuses.
 */
export function createObject<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const object = Object.fromEntries(entries);
  if (!entries.some(([key]) => mayBeIndex(key.charCodeAt(0)))) return object;
  const order = entries.map(([key]) => key);
  return new Proxy(object, {
    // Each key once, without those that were deleted, and with those that were added.
    ownKeys: (target) => [
      ...new Set([...order.filter((key) => Object.hasOwn(target, key)), ...Reflect.ownKeys(target)]),
    ],
  });
}

/**
 * Prints a value as JSON without loss: what `parseExact` and `parseLossless` gave, JsonText, and all that
 * `JSON.stringify` prints, in any mixture.
 */
export function stringifyExact(value: unknown): string {
  if (typeof value === 'string') return printString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof ExactNumber) return value.source;
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringifyExact).join(',')}]`;
  if (value instanceof Map) return printFields(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return JSON.stringify(value);
  return printFields(Object.entries(value));
}

/** The same document in its shortest text, without loss. @throws {SyntaxError} when `text` is not JSON. */
export function minifyExact(text: string): string {
  return isPlainJson(text) ? JSON.stringify(JSON.parse(text)) : stringifyExact(parseExact(text));
}

/**
 * One text per number, however it is spelled: `1`, `1.0` and `10e-1` give `1`; `-0` and `0` give `0`. Different
 * numbers give different texts, even if their doubles are the same. If the double prints as exactly this number, the text
 * is JavaScript's (as in RFC 8785); else the shortest digits, `e` and an exponent.
 *
 * @param source a JSON number.
 */
export function canonicalNumber(source: string): string {
  if (/^-?[1-9]\d{0,14}$/.test(source)) return source;
  const exact = toScientific(source);
  if (exact === '0') return '0';
  const printed = String(Number(source));
  return /\d$/.test(printed) && toScientific(printed) === exact ? printed : exact;
}

function toScientific(source: string): string {
  const [, sign = '', whole = '', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = whole + decimals;
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  if (start === end) return '0';
  const shift = digits.length - end - decimals.length;
  return `${sign}${digits.slice(start, end)}e${addExponent(exponent, shift)}`;
}

/** Longer exponents are not worth the arithmetic: two spellings of such a number may count as two numbers. */
const maxExponentDigits = 15;

function addExponent(exponent: string, shift: number): string {
  return exponent.length > maxExponentDigits ? `${exponent}+${shift}` : String(Number(exponent) + shift);
}

/** Characters that may need an escape. */
const needsEscape = /[^ !#-[\]-~]/;

function printString(value: string): string {
  return needsEscape.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function printFields(fields: Iterable<[string, unknown]>): string {
  let text = '';
  for (const [key, value] of fields) {
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${printString(key)}:${stringifyExact(value)}`;
  }
  return `{${text}}`;
}

function readValue(reader: Reader, depth: number): ExactValue {
  if (depth > maxDepth) throw new SyntaxError(`JSON nests deeper than ${maxDepth} levels`);
  switch (reader.text[reader.at]) {
    case '{':
      return readObject(reader, depth);
    case '[':
      return readArray(reader, depth);
    case '"':
      return readString(reader);
    case 't':
      return readWord(reader, 'true', true);
    case 'f':
      return readWord(reader, 'false', false);
    case 'n':
      return readWord(reader, 'null', null);
    default:
      return readNumber(reader);
  }
}

function readObject(reader: Reader, depth: number): ExactObject {
  const object: ExactObject = new Map();
  take(reader, '{');
  if (reader.text[reader.at] !== '}') {
    for (;;) {
      const key = readString(reader);
      take(reader, ':');
      object.set(key, readValue(reader, depth + 1));
      if (reader.text[reader.at] !== ',') break;
      take(reader, ',');
    }
  }
  take(reader, '}');
  return object;
}

function readArray(reader: Reader, depth: number): ExactValue[] {
  const list: ExactValue[] = [];
  take(reader, '[');
  if (reader.text[reader.at] !== ']') {
    for (;;) {
      list.push(readValue(reader, depth + 1));
      if (reader.text[reader.at] !== ',') break;
      take(reader, ',');
    }
  }
  take(reader, ']');
  return list;
}

/** Escapes, and characters that may not stand unescaped, are left to JSON.parse. */
const needsParse = /\\|[^ -\uffff]/;

function readString(reader: Reader): string {
  const { text, at } = reader;
  if (text[at] !== '"') throw unexpected(reader);
  const end = findStringEnd(text, at);
  if (end === text.length) throw unexpected({ text, at: end });
  const inner = text.slice(at + 1, end);
  const value: unknown = needsParse.test(inner) ? JSON.parse(text.slice(at, end + 1)) : inner;
  reader.at = end + 1;
  skipSpace(reader);
  return String(value);
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readNumber(reader: Reader): ExactNumber {
  numberPattern.lastIndex = reader.at;
  const source = numberPattern.exec(reader.text)?.[0];
  if (source === undefined) throw unexpected(reader);
  reader.at += source.length;
  skipSpace(reader);
  return new ExactNumber(source);
}

function readWord<T extends boolean | null>(reader: Reader, word: string, value: T): T {
  if (!reader.text.startsWith(word, reader.at)) throw unexpected(reader);
  reader.at += word.length;
  skipSpace(reader);
  return value;
}

function take(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) throw unexpected(reader);
  reader.at += 1;
  skipSpace(reader);
}

function unexpected({ text, at }: Reader): SyntaxError {
  const found = at < text.length ? `token '${text[at]}'` : 'end';
  return new SyntaxError(`Unexpected ${found} in JSON at position ${Math.min(at, text.length)}`);
}
