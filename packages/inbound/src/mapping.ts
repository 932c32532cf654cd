import { createHash } from 'node:crypto';
import {
  EVENT_LIMITS,
  type Fault,
  isJsonObject,
  type JsonDocument,
  type MapInput,
  messageOf,
  parseLossless,
  type ReadEvent,
  readJson,
  stringifyExact,
} from '@eventhooks/contract';
import {
  createLanguage,
  type Evaluation,
  type Expression,
  itemsOf,
  textOf,
  toExpressionValue,
  toJson,
} from '@eventhooks/expressions';
import type { ReadRequest } from './request.ts';

const variables = {
  method: 'string',
  query: 'dyn',
  headers: 'dyn',
  body: 'dyn',
  raw: 'string',
  item: 'dyn',
} as const;
type Variable = keyof typeof variables;
type Variables = Parameters<Expression<Variable>['evaluate']>[0];
type Value = Extract<Evaluation, { ok: true }>['value'];

const language = createLanguage<Variable>(variables);

const fields = ['source', 'event', 'id', 'data', 'split'] as const;
type MapField = (typeof fields)[number];

/** Compiled expressions; those that are missing have a default. */
export type Mapping = Partial<Record<MapField, Expression<Variable>>>;
export type CompiledMapping = { ok: true; mapping: Mapping } | { ok: false; faults: Fault[] };

/** Compiles the expressions of a complete map. The faults begin with `line:column`. */
export function compileMapping(map: MapInput): CompiledMapping {
  const mapping: Mapping = {};
  const faults: Fault[] = [];
  for (const field of fields) {
    const text = map[field] ?? null;
    if (text === null) {
      if (field === 'source' || field === 'event') faults.push({ path: [field], message: 'required field missing' });
      continue;
    }
    const compiled = language.compile(text, field === 'data' || field === 'split' ? 'any' : 'scalar');
    if (compiled.ok) mapping[field] = compiled.expression;
    else faults.push({ path: [field], message: compiled.message });
  }
  return faults.length === 0 ? { ok: true, mapping } : { ok: false, faults };
}

export type Mapped =
  | {
      ok: true;
      events: ReadEvent[];
      /** Whether `split` gave a list, so that the answer is one, too. */
      isList: boolean;
    }
  /** The reason names the expression that failed. */
  | { ok: false; reason: string };

/** The reason why a request gives no events. Thrown and caught within this file. */
class MappingFault extends Error {}

/** The events of a request, not yet checked as `POST /events` checks them. */
export function mapRequest(mapping: Mapping, request: ReadRequest): Mapped {
  try {
    const readBody = createBodyReader(request.json);
    const whole = { document: () => request.json ?? readJson('null'), suffix: '' };
    const split = mapping.split && evaluate(mapping.split, 'split', variablesOf(request, readBody, null));
    // A value that is no list is one event.
    const list = split === undefined ? null : itemsOf(split);
    if (list === null) {
      const event = toEvent(mapping, request, variablesOf(request, readBody, readBody), whole);
      return { ok: true, events: [event], isList: false };
    }
    if (list.length > EVENT_LIMITS.events) {
      throw new MappingFault(`split: gives ${list.length} items, at most ${EVENT_LIMITS.events} are allowed`);
    }
    const events = list.map((item, index) => {
      const part = { document: () => readJson(print(item, 'split')), suffix: `-${index}` };
      return toEvent(
        mapping,
        request,
        variablesOf(request, readBody, () => item),
        part,
      );
    });
    return { ok: true, events, isList: true };
  } catch (error) {
    if (error instanceof MappingFault) return { ok: false, reason: error.message };
    throw error;
  }
}

type ReadValue = () => Variables['body'];

/** Converts the body when an expression first asks for it. */
function createBodyReader(json: JsonDocument | null): ReadValue {
  let body: Variables['body'] | undefined;
  return () => {
    // JavaScript's values lose nothing where there is no exact one.
    body ??= json === null ? null : toExpressionValue(json.exact === null ? json.value : parseLossless(json.text));
    return body;
  };
}

function variablesOf(request: ReadRequest, readBody: ReadValue, readItem: ReadValue | null): Variables {
  return {
    method: request.method,
    raw: request.raw,
    get query() {
      return toExpressionValue(request.query);
    },
    get headers() {
      return toExpressionValue(request.headers);
    },
    get body() {
      return readBody();
    },
    get item() {
      return readItem === null ? null : readItem();
    },
  };
}

function evaluate(expression: Expression<Variable>, field: MapField, variables: Variables): Value {
  const result = expression.evaluate(variables);
  if (!result.ok) throw new MappingFault(`${field}: ${result.message}`);
  return result.value;
}

/** Evaluates an expression to JSON, and keeps the digits of the request's numbers. */
function evaluateJson(expression: Expression<Variable>, field: MapField, variables: Variables): unknown {
  const result = expression.evaluateJson(variables);
  if (!result.ok) throw new MappingFault(`${field}: ${result.message}`);
  return result.json;
}

/** The document of an event, and what tells it from the others of its request. */
interface Part {
  /** The body, an item of it, or null for a request without a body that can be read. */
  document: () => JsonDocument;
  suffix: string;
}

function toEvent(mapping: Mapping, request: ReadRequest, variables: Variables, part: Part): ReadEvent {
  const source = readName(mapping, 'source', variables);
  const event = readName(mapping, 'event', variables);
  const id = readId(mapping, request, variables, part);
  const { value, exact } = readData(mapping, variables, part);
  return { fields: { source, event, id, data: value }, exactData: exact };
}

function readName(mapping: Mapping, field: 'source' | 'event', variables: Variables): string {
  const expression = mapping[field];
  const text = expression === undefined ? null : textOf(evaluateJson(expression, field, variables));
  if (text === null || text === '') throw new MappingFault(`${field}: gives no text`);
  return text;
}

function readId(mapping: Mapping, { sent }: ReadRequest, variables: Variables, { suffix }: Part): string {
  const value = mapping.id === undefined ? null : evaluateJson(mapping.id, 'id', variables);
  if (value === null || value === '') return createHash('sha256').update(sent).digest('hex') + suffix;
  const text = textOf(value);
  if (text === null) throw new MappingFault('id: gives no text, number or bool');
  return text;
}

/**
 * The data of an event: always an object. Without an expression the document itself, nested below `body` where its own `event` or
 * `source` would be covered by those of the delivery.
 */
function readData(mapping: Mapping, variables: Variables, { document }: Part): JsonDocument {
  if (mapping.data === undefined) {
    const whole = document();
    return isJsonObject(whole.value) && !hasOwnNames(whole.value) ? whole : nestBody(whole);
  }
  const made = readJson(stringifyExact(evaluateJson(mapping.data, 'data', variables)));
  return isJsonObject(made.value) ? made : nestBody(made);
}

function nestBody({ text }: JsonDocument): JsonDocument {
  return readJson(`{"body":${text}}`);
}

function hasOwnNames(document: Record<string, unknown>): boolean {
  return Object.hasOwn(document, 'event') || Object.hasOwn(document, 'source');
}

function print(value: Value, field: MapField): string {
  try {
    return stringifyExact(toJson(value));
  } catch (error) {
    throw new MappingFault(`${field}: ${messageOf(error)}`);
  }
}
