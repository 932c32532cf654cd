import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { type Fault, isJsonObject, isWithinDepth, type JsonValue } from './json.ts';
import { messageOf } from './message-of.ts';

/** A user's JSON Schema, ready to check data, or why it is none. */
export type CompiledSchema = { ok: true; check: (data: JsonValue) => Fault[] } | { ok: false; message: string };

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;
/** Subschemas applied to one value at most, references followed: bounds both compiling and checking. */
const MAX_SUBSCHEMAS = 2_000;
const MAX_FAULTS = 20;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/**
 * Compiles a JSON Schema: draft 2020-12, or draft-07 when `$schema` says so. A tenant's schema must not be able to stall
 * the process that all tenants share, so:
 * - patterns run on RE2, in time linear in the text (no look-around, no back-references);
 * - references point inside of the schema, never recursively, and the whole is bounded with them followed;
 * - `uniqueItems` needs a `maxItems`, for comparing items is quadratic.
 */
export function compileDataSchema(schema: Record<string, unknown>): CompiledSchema {
  const message = findSchemaFault(schema);
  if (message !== null) return { ok: false, message };
  try {
    const { $id: _unused, ...anonymous } = schema;
    const validate = createAjv(schema.$schema).compile(anonymous);
    return {
      ok: true,
      check: (data) => (validate(data) ? [] : (validate.errors ?? []).slice(0, MAX_FAULTS).map(toFault)),
    };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

function createAjv(dialect: unknown): Ajv | Ajv2020 {
  const options: Options = {
    strict: false,
    // Bounds the faults collected: one a branch is enough to repair data by.
    allErrors: false,
    validateFormats: true,
    logger: false,
    code: { regExp: compilePattern },
  };
  const ajv = typeof dialect === 'string' && DRAFT_07.test(dialect) ? new Ajv(options) : new Ajv2020(options);
  return addFormats.default(ajv, { mode: 'fast' });
}

/** ajv's seam for another engine: it asks `test`, and shares patterns whose `toString` is the same. */
function compilePattern(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}
/** Used in generated standalone modules only, which we make none of. */
compilePattern.code = 'new RegExp';

function findSchemaFault(schema: Record<string, unknown>): string | null {
  if (!isWithinDepth(schema, MAX_DEPTH)) return `must not nest deeper than ${MAX_DEPTH} levels`;
  if (JSON.stringify(schema).length > MAX_LENGTH) return `length must be at most ${MAX_LENGTH}`;
  const dialect = schema.$schema;
  if (dialect !== undefined && !(typeof dialect === 'string' && (DRAFT_07.test(dialect) || DRAFT_2020.test(dialect)))) {
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
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples']);

function countSubschemas(node: unknown, walk: Walk): number {
  if (typeof node !== 'object' || node === null) return 0;
  const known = walk.sizes.get(node);
  if (known !== undefined) return known;
  if (walk.open.has(node)) throw new UnsafeSchemaError('recursive references are not supported');
  walk.open.add(node);
  let size = 1;
  if (isJsonObject(node)) size += countReference(node, walk);
  for (const [key, child] of Object.entries(node)) {
    if (!DATA_KEYWORDS.has(key)) size += countSubschemas(child, walk);
  }
  walk.open.delete(node);
  walk.sizes.set(node, size);
  if (size > MAX_SUBSCHEMAS) throw new UnsafeSchemaError('too many subschemas with references followed');
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
