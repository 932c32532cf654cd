import type { CelInput } from '@bufbuild/cel';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { parseLossless } from '@eventhooks/contract';
import { createLanguage, type Expression } from './language.ts';
import { textOf, toExpressionValue } from './values.ts';

type EventVariable = 'source' | 'event' | 'id' | 'time' | 'data';

/** An event as a hook hears of it. */
export interface HeardEvent {
  id: string;
  /** The source and event under which the hook matched. */
  source: string;
  event: string;
  /** ms since the epoch. */
  timeMs: number;
  /** JSON text. */
  data: string;
}

/** The variables of expressions about one event. */
export type EventVariables = Readonly<Record<EventVariable, CelInput>>;

/** A filter's verdict on an event. With an error the hook does not hear of it either. */
export type FilterVerdict = { kind: 'passes' } | { kind: 'filtered' } | { kind: 'error'; message: string };

const language = createLanguage<EventVariable>({
  source: 'string',
  event: 'string',
  id: 'string',
  time: 'timestamp',
  data: 'dyn',
});

/** The key of an event by `order_by`. A value that is no text, number or bool, or an error, has the empty key. */
export interface OrderKey {
  key: string;
  /** Why the key is empty although the expression did not say so. */
  message: string | null;
}

export interface EventFilters {
  /** Compiles the text of a filter. Each text is compiled once, for as long as it is in use. */
  compile(filter: string): ReturnType<typeof language.compile>;
  judge(filter: string, variables: EventVariables): FilterVerdict;
  /** Compiles the text of an `order_by`. */
  compileOrder(orderBy: string): ReturnType<typeof language.compile>;
  keyOf(orderBy: string, variables: EventVariables): OrderKey;
}

/** Compiled texts that are kept. An installation with more hooks than this compiles some again and again. */
const mostKept = 50_000;

const passes: FilterVerdict = { kind: 'passes' };
const filtered: FilterVerdict = { kind: 'filtered' };

/** Parses an event's data once for all of its filters, and only if one of them reads the data. */
export function variablesOf({ id, source, event, timeMs, data }: HeardEvent, shared: SharedData = {}): EventVariables {
  return {
    source,
    event,
    id,
    get time() {
      shared.time ??= timestampFromMs(timeMs);
      return shared.time;
    },
    get data() {
      shared.data ??= toExpressionValue(parseLossless(data));
      return shared.data;
    },
  };
}

/** Parsed parts of an event, shared by all its names. */
export interface SharedData {
  data?: CelInput;
  time?: CelInput;
}

export function createEventFilters(): EventFilters {
  const findFilter = keepCompiled('bool');
  const findOrder = keepCompiled('scalar');
  return {
    compile: (filter) => language.compile(filter, 'bool'),
    compileOrder: (orderBy) => language.compile(orderBy, 'scalar'),
    judge(filter, variables) {
      const expression = findFilter(filter);
      // A filter is compiled before it is stored. A release that compiles less finds its fault here.
      if (typeof expression === 'string') return { kind: 'error', message: expression };
      const result = expression.evaluate(variables);
      if (!result.ok) return { kind: 'error', message: result.message };
      if (result.value === true) return passes;
      return result.value === false ? filtered : { kind: 'error', message: '1:1: is no bool' };
    },
    keyOf(orderBy, variables) {
      const expression = findOrder(orderBy);
      if (typeof expression === 'string') return { key: '', message: expression };
      const result = expression.evaluate(variables);
      if (!result.ok) return { key: '', message: result.message };
      const key = textOf(result.value);
      return key === null ? { key: '', message: '1:1: is no text, number or bool' } : { key, message: null };
    },
  };
}

/** Compiles each text once, for as long as it is in use. @returns the expression, or the message of its fault. */
function keepCompiled(result: 'bool' | 'scalar'): (text: string) => Expression<EventVariable> | string {
  const known = new Map<string, Expression<EventVariable> | string>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const compiled = language.compile(text, result);
    const expression = compiled.ok ? compiled.expression : compiled.message;
    if (known.size >= mostKept) known.clear();
    known.set(text, expression);
    return expression;
  };
}
