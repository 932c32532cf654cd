import { Ajv, type ErrorObject, type KeywordDefinition, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { canonicalNumber, stringifyExact } from './exact-json.ts';
import { type Fault, isJsonObject, isWithinDepth } from './json.ts';
import { messageOf } from './message-of.ts';
import { isPlainJson } from './plain-json.ts';

/** Returns the faults of data (JSON text) against a schema. */
export type CheckData = (json: string) => Fault[];
/** A user's JSON Schema, ready to check data, or the reason why it is refused. */
export type CompiledSchema = { ok: true; check: CheckData } | { ok: false; message: string };

const maxLength = 65_536;
const maxDepth = 32;
/** The most subschemas that apply to one value, with references followed. Bounds both compiling and checking. */
const maxSubschemas = 2_000;
/** The most RE2 instructions of all patterns of a schema: checking a text costs at most its length times this many steps. */
const maxPatternInstructions = 5_000;
const maxFaults = 20;
const draft07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const draft2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/**
 * Compiles a JSON Schema: draft 2020-12, or draft-07 when `$schema` says so. Its numbers may be ExactNumbers.
 *
 * - Patterns run on RE2, in time linear in the text (no look-around, no back-references), and their size is bounded.
 * - References stay within the schema and never recurse, and the whole is bounded with them followed.
 * - `uniqueItems` needs a `maxItems`, because comparing items is quadratic.
 * - `const`, `enum` and `uniqueItems` compare numbers as they are written; bounds and `multipleOf` as doubles.
 *
 * A schema within these bounds can still make checking slow. It comes from a user, so it must run in a thread that can be
 * ended.
 */
export function compileDataSchema(schema: Record<string, unknown>): CompiledSchema {
  const message = findSchemaFault(schema);
  if (message !== null) return { ok: false, message };
  try {
    const text = stringifyExact(schema);
    const check = compileWith(text, { isExact: !isPlainJson(text) });
    let exactCheck: CheckData | undefined;
    return {
      ok: true,
      check(json) {
        if (isPlainJson(json)) return check(json);
        exactCheck ??= compileWith(text, { isExact: true });
        return exactCheck(json);
      },
    };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

function compileWith(text: string, { isExact }: { isExact: boolean }): CheckData {
  const marks: NumberMarks = new WeakMap();
  const { $id: _unused, ...schema } = parseMarking(text, marks);
  const ajv = createAjv(schema.$schema);
  if (isExact) compareExactly(ajv, marks);
  const validate = ajv.compile(schema);
  return (json) => {
    const data = isExact ? parseMarking(json, marks) : JSON.parse(json);
    return validate(data) ? [] : (validate.errors ?? []).slice(0, maxFaults).map(toFault);
  };
}

function createAjv(dialect: unknown): Ajv | Ajv2020 {
  const options: Options = {
    strict: false,
    // 1e400 is a number, too, although its double is infinite.
    strictNumbers: false,
    // Bounds the number of faults: one per branch is enough to repair data.
    allErrors: false,
    validateFormats: true,
    logger: false,
    code: { regExp: createPatternCompiler() },
  };
  const ajv = typeof dialect === 'string' && draft07.test(dialect) ? new Ajv(options) : new Ajv2020(options);
  return addFormats.default(ajv, { mode: 'fast' });
}

/** The canonical texts of numbers whose double is another number, by the object or list that holds them and their key. */
type NumberMarks = WeakMap<object, Map<string, string>>;

function parseMarking(text: string, marks: NumberMarks): Record<string, unknown> {
  const value = JSON.parse(text, function (this: object, key, value, { source }) {
    if (typeof value !== 'number' || source === undefined) return value;
    const canonical = canonicalNumber(source);
    if (canonical === printNumber(value)) return value;
    const ofHolder = marks.get(this) ?? new Map<string, string>();
    marks.set(this, ofHolder.set(key, canonical));
    return value;
  });
  return isJsonObject(value) ? value : { '': value };
}

/** Writes a finite double as `canonicalNumber` does. */
function printNumber(value: number): string {
  return String(value);
}

/** Lets `const`, `enum` and `uniqueItems` see numbers beyond their doubles. */
function compareExactly(ajv: Ajv | Ajv2020, marks: NumberMarks): void {
  const at = (holder: object, key: string | number): Place => ({ value: Reflect.get(holder, key), holder, key });
  const dataAt = (value: unknown, context: DataValidationCxt | undefined): Place => ({
    value,
    holder: context?.parentData ?? {},
    key: context?.parentDataProperty ?? '',
  });
  const replaced: KeywordDefinition[] = [
    {
      keyword: 'const',
      error: { message: 'must be equal to constant' },
      compile: (_value, parent) => (data, context) => isSame(at(parent, 'const'), dataAt(data, context), marks),
    },
    {
      keyword: 'enum',
      schemaType: 'array',
      error: { message: 'must be equal to one of the allowed values' },
      compile: (values: unknown[]) => (data, context) =>
        values.some((_value, index) => isSame(at(values, index), dataAt(data, context), marks)),
    },
    {
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      error: { message: 'must NOT have duplicate items' },
      compile: (isAsked: boolean) => (data: unknown[]) =>
        !isAsked || !data.some((_item, index) => hasEarlierCopy(data, index)),
    },
  ];
  const hasEarlierCopy = (items: unknown[], index: number): boolean =>
    items.slice(0, index).some((_item, earlier) => isSame(at(items, earlier), at(items, index), marks));
  for (const definition of replaced) ajv.removeKeyword(String(definition.keyword)).addKeyword(definition);
}

/** A value with the keys of its mark. */
interface Place {
  value: unknown;
  holder: object;
  key: string | number;
}

function isSame(one: Place, other: Place, marks: NumberMarks): boolean {
  if (typeof one.value === 'number' && typeof other.value === 'number') {
    return printPlace(one, one.value, marks) === printPlace(other, other.value, marks);
  }
  if (!isContainer(one.value) || !isContainer(other.value)) return one.value === other.value;
  const [first, second] = [one.value, other.value];
  const keys = Object.keys(first);
  if (Array.isArray(first) !== Array.isArray(second) || keys.length !== Object.keys(second).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(second, key) &&
      isSame(
        { value: Reflect.get(first, key), holder: first, key },
        { value: Reflect.get(second, key), holder: second, key },
        marks,
      ),
  );
}

function printPlace({ holder, key }: Place, value: number, marks: NumberMarks): string {
  return marks.get(holder)?.get(String(key)) ?? printNumber(value);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

interface Pattern {
  test: (text: string) => boolean;
  toString: () => string;
}

/** ajv's seam for another engine: ajv calls `test`, and shares patterns with the same `toString`. Counts the compiled instructions. */
function createPatternCompiler(): ((pattern: string) => Pattern) & { code: string } {
  let instructions = 0;
  const compile = (pattern: string): Pattern => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    instructions += compiled.programSize();
    if (instructions > maxPatternInstructions) {
      throw new Error(`patterns are too large: more than ${maxPatternInstructions} instructions of RE2`);
    }
    return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
  };
  // Only used in generated standalone modules, which we do not make.
  return Object.assign(compile, { code: 'new RegExp' });
}

/** The reason to refuse a schema, as far as it shows without compiling; null if there is none. Takes time linear in its length. */
export function findSchemaFault(schema: Record<string, unknown>): string | null {
  if (!isWithinDepth(schema, maxDepth)) return `must not nest deeper than ${maxDepth} levels`;
  if (stringifyExact(schema).length > maxLength) return `length must be at most ${maxLength}`;
  const dialect = schema.$schema;
  if (dialect !== undefined && !(typeof dialect === 'string' && (draft07.test(dialect) || draft2020.test(dialect)))) {
    return '$schema: expected draft 2020-12 or draft-07';
  }
  try {
    countSubschemas(schema, { root: schema, sizes: new Map(), open: new Set() });
    return null;
  } catch (error) {
    if (error instanceof UnsafeSchemaError) return error.message;
    throw error;
  }
}

class UnsafeSchemaError extends Error {}

interface Walk {
  root: Record<string, unknown>;
  /** Sizes of the parts already counted, so that shared parts are walked once. */
  sizes: Map<object, number>;
  /** The parts being counted: meeting one again is recursion. */
  open: Set<object>;
}

/** Keywords whose value is data, not a schema. */
const dataKeywords: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples']);

function countSubschemas(node: unknown, walk: Walk): number {
  if (typeof node !== 'object' || node === null) return 0;
  const known = walk.sizes.get(node);
  if (known !== undefined) return known;
  if (walk.open.has(node)) throw new UnsafeSchemaError('recursive references are not supported');
  walk.open.add(node);
  let size = 1;
  if (isJsonObject(node)) size += countReference(node, walk);
  for (const [key, child] of Object.entries(node)) {
    if (!dataKeywords.has(key)) size += countSubschemas(child, walk);
  }
  walk.open.delete(node);
  walk.sizes.set(node, size);
  if (size > maxSubschemas) throw new UnsafeSchemaError('too many subschemas with references followed');
  return size;
}

function countReference(node: Record<string, unknown>, walk: Walk): number {
  for (const keyword of ['$dynamicRef', '$recursiveRef']) {
    if (typeof node[keyword] === 'string') throw new UnsafeSchemaError(`${keyword} is not supported`);
  }
  if (typeof node.$id === 'string' && node !== walk.root)
    throw new UnsafeSchemaError('$id inside of a schema is not supported');
  if (node.uniqueItems === true && !(typeof node.maxItems === 'number' && node.maxItems <= 1_000)) {
    throw new UnsafeSchemaError('uniqueItems needs a maxItems of 1000 at most');
  }
  if (typeof node.$ref !== 'string') return 0;
  if (!/^#(\/|$)/.test(node.$ref))
    throw new UnsafeSchemaError(`$ref '${node.$ref}' does not point inside of the schema (#/…)`);
  const target = resolvePointer(walk.root, node.$ref.slice(1));
  if (target === undefined) throw new UnsafeSchemaError(`$ref '${node.$ref}' points at nothing`);
  return countSubschemas(target, walk);
}

/** RFC 6901, in its URI fragment form. */
function resolvePointer(root: unknown, pointer: string): unknown {
  let target: unknown = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = decodeToken(token).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
    target = Reflect.get(target, key);
  }
  return target;
}

function decodeToken(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function toFault({ instancePath, message, keyword, params }: ErrorObject): Fault {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  const detail = keyword === 'additionalProperties' ? ` ('${String(params.additionalProperty)}')` : '';
  return { path, message: `${message ?? keyword}${detail}` };
}
