import {
  type CelInput,
  type CelList,
  type CelMap,
  type CelUint,
  type CelValue,
  celList,
  celMap,
  celUint,
  isCelList,
  isCelMap,
  isCelUint,
} from '@bufbuild/cel';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ExactNumber, isJsonObject } from '@eventhooks/contract';

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;
const maxUint = 2n ** 64n - 1n;
const integer = /^-?\d+$/;

/** The JSON from which a map or list was made: `toJson` gives it back with all its digits. */
const original: unique symbol = Symbol('original');
type FromJson = { [original]?: unknown };

/** The JSON object or list from which a value was made; undefined for a value that was made otherwise. */
export function originalOf(value: CelInput | undefined): unknown {
  return typeof value === 'object' && value !== null ? (value as FromJson)[original] : undefined;
}

/**
 * JSON as a value of the language: integers within 64 bits are ints, those beyond int64 uints, all other numbers doubles. Fields
 * are converted when an expression reads them, so a large document costs no more than the part that is looked at.
 *
 * @param json what `parseLossless` gives.
 */
export function toExpressionValue(json: unknown): CelInput {
  // `-0` is written otherwise, and comes as an ExactNumber.
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : toNumber(String(json), json);
  if (json instanceof ExactNumber) return toNumber(json.source, json.valueOf());
  if (Array.isArray(json)) return Object.assign(celList(json.map(toExpressionValue)), { [original]: json });
  if (isJsonObject(json)) return Object.assign(celMap(new Fields(json)), { [original]: json });
  if (typeof json === 'string' || typeof json === 'boolean' || json === null) return json;
  throw new TypeError(`not JSON: ${typeof json}`);
}

function toNumber(source: string, double: number): bigint | CelUint | number {
  if (!integer.test(source)) return double;
  const value = BigInt(source);
  if (value >= minInt && value <= maxInt) return value;
  return value > 0n && value <= maxUint ? celUint(value) : double;
}

/** A JSON object as the library reads maps. Keeps what it converted, unless that is cheap to convert again. */
class Fields implements ReadonlyMap<string, CelInput> {
  readonly #object: Record<string, unknown>;
  readonly #converted = new Map<string, CelInput>();

  constructor(object: Record<string, unknown>) {
    this.#object = object;
  }

  get size(): number {
    return Object.keys(this.#object).length;
  }

  get(key: unknown): CelInput | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#object, key)) return undefined;
    const json = this.#object[key];
    if (typeof json !== 'object' || json === null) return toExpressionValue(json);
    const known = this.#converted.get(key);
    if (known !== undefined) return known;
    const value = toExpressionValue(json);
    this.#converted.set(key, value);
    return value;
  }

  has(key: unknown): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#object, key);
  }

  keys(): MapIterator<string> {
    return Object.keys(this.#object).values();
  }

  values(): MapIterator<CelInput> {
    return this.#entries().values();
  }

  entries(): MapIterator<[string, CelInput]> {
    return this.#entries().entries();
  }

  [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }

  forEach(callback: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  #entries(): Map<string, CelInput> {
    return new Map(Object.keys(this.#object).map((key) => [key, this.get(key) ?? null]));
  }
}

/** The most values that an answer made of an expression may have: shared parts count each time. */
const maxValues = 100_000;

/**
 * A value of the language as JSON for `stringifyExact`. Maps and lists that came from JSON keep their digits; an int or uint is
 * exact; a double that an expression took out by itself is printed as JavaScript prints it. A time is printed as ISO 8601, a key
 * as its text.
 *
 * @throws {RangeError} when it has too many values. @throws {TypeError} when it has one that JSON cannot carry, such as bytes.
 */
export function toJson(value: CelValue): unknown {
  let left = maxValues;
  const convert = (part: CelValue): unknown => {
    left -= 1;
    if (left < 0) throw new RangeError(`has more than ${maxValues} values`);
    if (typeof part === 'bigint') return new ExactNumber(String(part));
    if (typeof part === 'number') return finite(part);
    if (typeof part !== 'object' || part === null) return part;
    if (isCelUint(part)) return new ExactNumber(String(part.value));
    if (isCelMap(part) || isCelList(part)) {
      const json = originalOf(part);
      if (json !== undefined) return json;
      return isCelList(part) ? [...part].map(convert) : convertMap(part, convert);
    }
    const time = timeOf(part);
    if (time !== null) return time;
    throw new TypeError('is not a value that JSON can carry');
  };
  return convert(value);
}

function convertMap(map: CelMap, convert: (part: CelValue) => unknown): Map<string, unknown> {
  return new Map([...map].map(([key, item]) => [textOf(key) ?? '', convert(item)]));
}

function finite(double: number): number {
  if (Number.isFinite(double)) return double;
  throw new TypeError('is not a number that JSON can carry');
}

/** The items of a list; null for every other value. */
export function itemsOf(value: CelValue): CelValue[] | null {
  return isCelList(value) ? [...value] : null;
}

/** The text of a text, number, bool or time, also as JSON: `1`, `1.0` and `"1"` are one. Null for every other value. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (isCelUint(value)) return String(value.value);
  if (value instanceof ExactNumber)
    return integer.test(value.source) ? String(BigInt(value.source)) : String(value.valueOf());
  return timeOf(value);
}

function timeOf(value: unknown): string | null {
  if (!isReflectMessage(value) || value.desc.typeName !== 'google.protobuf.Timestamp') return null;
  const { message } = value;
  return 'seconds' in message && 'nanos' in message
    ? timestampDate(message as Parameters<typeof timestampDate>[0]).toISOString()
    : null;
}

/** How many values a value has, and how much text: what comparing or searching it costs at most, in steps; at most about `most`. */
export function sizeOf(value: CelValue, most: number, perStep: number): number {
  let size = 0;
  const visit = (part: unknown): void => {
    size += 1;
    if (typeof part === 'string' || part instanceof Uint8Array) size += part.length / perStep;
    else if (isCelList(part)) visitAll(part);
    else if (isCelMap(part)) visitAll(part.values());
  };
  const visitAll = (parts: Iterable<CelValue> | CelList): void => {
    for (const part of parts) {
      if (size > most) return;
      visit(part);
    }
  };
  visit(value);
  return Math.ceil(size);
}
