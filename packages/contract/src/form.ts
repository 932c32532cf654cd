import { z } from 'zod';
import { createObject } from './exact-json.ts';

/** Keys nest this deep at most; a longer key is taken as a plain name, which no schema knows. */
const MAX_KEY_DEPTH = 20;

/** One place of the body, as the keys seen so far describe it. */
interface FormNode {
  values: string[];
  /** Set by `key[]`: a list, even of one. */
  isList: boolean;
  items: Map<number, FormNode>;
  fields: Map<string, FormNode>;
}

/**
 * A form's fields as the nested body Kong reads from them: `a.b=…` and `a[b]=…` nest, and `a[]=…`, `a[1]=…` (counted from
 * one) and a repeated `a=…` make lists. All values stay strings: see `readFormTypes`. A place given both as a value and
 * by keys below it becomes a list of both, which no schema takes.
 */
export function decodeForm(pairs: Iterable<readonly [string, string]>): Record<string, unknown> {
  const root = createNode();
  for (const [key, value] of pairs) {
    let node = root;
    for (const step of splitKey(key)) node = descend(node, step);
    node.values.push(value);
  }
  return finishFields(root.fields);
}

/** A step of a key: a name, a place in a list (from 1), or `null` for "one more". */
type Step = string | number | null;

function splitKey(key: string): Step[] {
  const steps: Step[] = [];
  if (!/^[^.[\]]+(?:\.[^.[\]]+|\[[^[\]]*\])*$/.test(key)) return [key];
  for (const [, name, bracketed] of key.matchAll(/([^.[\]]+)|\[([^[\]]*)\]/g)) {
    if (name !== undefined) steps.push(name);
    else if (bracketed === '') steps.push(null);
    else steps.push(/^\d{1,6}$/.test(bracketed ?? '') ? Number(bracketed) : (bracketed ?? ''));
  }
  return steps.length > MAX_KEY_DEPTH ? [key] : steps;
}

function descend(node: FormNode, step: Step): FormNode {
  if (step === null) {
    node.isList = true;
    return node;
  }
  if (typeof step === 'number') return getOrCreate(node.items, step);
  return getOrCreate(node.fields, step);
}

function getOrCreate<K>(children: Map<K, FormNode>, key: K): FormNode {
  const known = children.get(key);
  if (known !== undefined) return known;
  const created = createNode();
  children.set(key, created);
  return created;
}

function createNode(): FormNode {
  return { values: [], isList: false, items: new Map(), fields: new Map() };
}

function finish(node: FormNode): unknown {
  const items = [...node.items].sort(([a], [b]) => a - b).map(([, item]) => finish(item));
  const parts: unknown[] = [...node.values, ...items];
  if (node.fields.size > 0) parts.push(finishFields(node.fields));
  const isList = node.isList || node.items.size > 0 || parts.length !== 1;
  return isList ? parts : parts[0];
}

/** Properties are defined, so a field named `__proto__` stays a field, for the schema to refuse. */
function finishFields(fields: ReadonlyMap<string, FormNode>): Record<string, unknown> {
  return createObject([...fields].map(([key, node]) => [key, finish(node)]));
}

/**
 * Reads a decoded form's strings as the types in their schema: `true` and `false` for booleans, digits for integers, a list of
 * one for an array, and an empty text for null whatever the field's type, as Kong does. A value that cannot be read so stays a string, for the schema to refuse.
 */
export function readFormTypes(value: unknown, schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return readFormTypes(value, schema.unwrap());
  if (schema instanceof z.ZodObject) return readFields(value, schema);
  if (schema instanceof z.ZodArray) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => readFormTypes(item, schema.element));
  }
  if (typeof value !== 'string') return schema instanceof z.ZodUnion ? readUnionFields(value, schema) : value;
  if (schema instanceof z.ZodBoolean) return readBoolean(value);
  if (schema instanceof z.ZodNumber || (schema instanceof z.ZodUnion && schema.options.some(isNumber))) {
    return readInteger(value);
  }
  return value;
}

function readFields(value: unknown, schema: z.ZodObject): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const field = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
      if (field === undefined) return [key, item];
      return [key, item === '' ? null : readFormTypes(item, field)];
    }),
  );
}

/** The fields of the union's record, where it has one. */
function readUnionFields(value: unknown, { options }: z.ZodUnion): unknown {
  const record = options.find((option) => option instanceof z.ZodObject);
  return record === undefined ? value : readFields(value, record);
}

function isNumber(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodNumber;
}

function readBoolean(text: string): boolean | string {
  return text === 'true' ? true : text === 'false' ? false : text;
}

function readInteger(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
