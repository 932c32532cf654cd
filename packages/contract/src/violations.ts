import type { z } from 'zod';
import type { Fault } from './json.ts';

/** Faults nested like the body: one message per leaf, arrays by position with null for items without a fault. */
export type FaultTree = { [field: string]: string | FaultTree | (string | FaultTree | null)[] };

/** Kong's answer to a body that does not fit its schema. */
export interface SchemaViolation {
  code: 2;
  name: 'schema violation';
  message: string;
  fields: FaultTree;
}

/** More faults than these are not listed: an answer must not grow with the garbage sent. */
const MAX_FAULTS = 100;

/**
 * Kong's 400 body with every fault at once: fields in alphabetical order, nested ones as `config.url: …`
 * (kong/db/errors.lua). If one place has several faults, only the first is listed.
 */
export function buildViolation(faults: readonly Fault[]): SchemaViolation {
  const byPlace = new Map<string, Fault>();
  for (const fault of faults) {
    const place = printPath(fault.path);
    if (!byPlace.has(place) && byPlace.size < MAX_FAULTS) byPlace.set(place, fault);
  }
  const sorted = [...byPlace].sort(([a], [b]) => (a < b ? -1 : 1));
  const fields: FaultTree = {};
  for (const [, fault] of sorted) insertFault(fields, fault);
  const message = `schema violation (${sorted.map(([place, { message }]) => `${place}: ${message}`).join('; ')})`;
  return { code: 2, name: 'schema violation', message, fields };
}

/** `['config', 'functions', 0]` as `config.functions[1]`: Kong counts from one. */
function printPath(path: Fault['path']): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step + 1}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text === '' ? '@entity' : text;
}

function insertFault(tree: FaultTree, { path, message }: Fault): void {
  const [first = '@entity', ...rest] = path;
  const key = String(first);
  const [next] = rest;
  if (next === undefined) {
    defineField(tree, key, message);
    return;
  }
  const child = Object.hasOwn(tree, key) ? tree[key] : undefined;
  // A fault of the whole field hides the faults within it.
  if (typeof child === 'string') return;
  if (typeof next === 'number') {
    const list = Array.isArray(child) ? child : [];
    insertItemFault(list, next, { path: rest.slice(1), message });
    defineField(tree, key, list);
    return;
  }
  const branch = child !== undefined && !Array.isArray(child) ? child : {};
  insertFault(branch, { path: rest, message });
  defineField(tree, key, branch);
}

function insertItemFault(list: (string | FaultTree | null)[], index: number, { path, message }: Fault): void {
  while (list.length <= index) list.push(null);
  const item = list[index];
  if (path.length === 0) list[index] = message;
  else if (typeof item !== 'string') {
    const branch = item ?? {};
    insertFault(branch, { path, message });
    list[index] = branch;
  }
}

/** Plain assignment would follow a field named `__proto__`. */
function defineField(tree: FaultTree, key: string, value: FaultTree[string]): void {
  Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });
}

/** zod's issues in Kong's words (kong/db/schema/init.lua); a schema's own message takes precedence. */
export function toFaults(error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown field' }));
    }
    return [{ path, message: issue.message }];
  });
}

const EXPECTED: Readonly<Record<string, string>> = {
  array: 'expected an array',
  boolean: 'expected a boolean',
  int: 'expected an integer',
  // No field of the contract is a fraction.
  number: 'expected an integer',
  object: 'expected a record',
  record: 'expected a map',
  string: 'expected a string',
};

const FORMATS: Readonly<Record<string, string>> = {
  guid: 'expected a valid UUID',
  uuid: 'expected a valid UUID',
};

/** The error map to parse with: `schema.safeParse(body, { error: describeIssue })`. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue);
    case 'invalid_value':
      return issue.input === undefined || issue.input === null
        ? 'required field missing'
        : `expected one of: ${issue.values.join(', ')}`;
    case 'too_small':
    case 'too_big':
      return describeBound(issue);
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'invalid value';
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'invalid key';
    case 'invalid_union':
      return describeUnion(issue);
    default:
      return undefined;
  }
}

function describeType(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  if (issue.input === undefined || issue.input === null) return 'required field missing';
  return EXPECTED[issue.expected] ?? `expected ${issue.expected}`;
}

function describeBound(issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>): string {
  const atLeast = issue.code === 'too_small';
  const bound = String(atLeast ? issue.minimum : issue.maximum);
  const side = atLeast ? `at least ${bound}` : `at most ${bound}`;
  return issue.origin === 'string' || issue.origin === 'array' ? `length must be ${side}` : `value must be ${side}`;
}

function describeUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const messages = issue.errors.flatMap((branch) => branch.map(({ message }) => message));
  return [...new Set(messages)].join(' or ');
}
