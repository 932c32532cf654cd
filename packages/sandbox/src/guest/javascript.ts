import { type Guest, type LoadRequest, type LoadResult, offerGuest, PID } from './guest.ts';
import { createItemLoop, failureText, type ItemResult } from './item-loop.ts';
import { asChunk, asExpression, sourceName } from './javascript-forms.ts';
import { createLogBook } from './log-book.ts';
import {
  applyFunction,
  cutText,
  execPattern,
  isSyntaxError,
  parseJson,
  resolvePromise,
  sliceText,
  stringifyJson,
  thenPromise,
  toText,
} from './primordials.ts';

/** An indirect eval, so that sources see globals only, not this module's variables. */
// biome-ignore lint/security/noGlobalEval: running the user's code is what this guest is for; it has no other way in an isolate.
const evaluate: (text: string) => unknown = globalThis.eval;

let limits = { outputBytes: 0, logLines: 0, logChars: 0, errorChars: 0 };
const logBook = createLogBook(() => limits);
installConsole();

/** The state of the last item's promise. */
type Settlement = { isOpen: true } | { isOpen: false; outcome: string };
let settlement: Settlement = { isOpen: true };
let isSpoiled = false;
type UserFunction = (...args: unknown[]) => unknown;
/** A linked list: an assignment to an array's index would call a setter that user code put on `Array.prototype`. */
interface Step {
  fn: UserFunction;
  next: Step | null;
}
let firstStep: Step | null = null;
let run: Guest['run'] = () => '[]';

offerGuest({
  load(request, progress) {
    const wanted = parseJson(request) as LoadRequest;
    limits = wanted.limits;
    run = createItemLoop(limits, new Int32Array(progress), { start, settle, isSpoiled: () => isSpoiled });
    const result = loadFunctions(prepareSources(wanted.sources));
    return stringifyJson(result) ?? '';
  },
  run: (batch) => run(batch),
});

/** The program texts of a source. Made for all sources before the first one is evaluated. */
interface PreparedSource {
  at: number;
  expression: string;
  chunk: string;
  next: PreparedSource | null;
}

function prepareSources(sources: string[]): PreparedSource | null {
  return sources.reduceRight<PreparedSource | null>((next, source, at) => {
    const name = `\n//# sourceURL=${sourceName(at)}`;
    return { at, expression: asExpression(source) + name, chunk: asChunk(source) + name, next };
  }, null);
}

function loadFunctions(first: PreparedSource | null): LoadResult {
  firstStep = null;
  let lastStep: Step | null = null;
  for (let source = first; source !== null; source = source.next) {
    const { at } = source;
    try {
      const value = evaluateSource(source);
      if (typeof value !== 'function') {
        return { ok: false, kind: 'runtime', message: `gives ${typeof value} where a function is expected`, at };
      }
      const step: Step = { fn: value as UserFunction, next: null };
      if (lastStep === null) firstStep = step;
      else lastStep.next = step;
      lastStep = step;
    } catch (error) {
      return { ok: false, kind: isSyntaxError(error) ? 'syntax' : 'runtime', message: describeThrown(error), at };
    }
  }
  return { ok: true };
}

function evaluateSource({ expression, chunk }: PreparedSource): unknown {
  try {
    return evaluate(expression);
  } catch (error) {
    if (!isSyntaxError(error)) throw error;
    return evaluate(chunk);
  }
}

function start(data: string, event: string, source: string): ItemResult {
  isSpoiled = false;
  try {
    const result = callFrom(firstStep, parseJson(data), event, source);
    if (!isThenable(result)) return describeResult(result);
    settlement = { isOpen: true };
    const settled: { isOpen: boolean } = settlement;
    const close = (outcome: string) => {
      // A promise that settles after its item was given up must not answer for the next one.
      if (settlement === settled) settlement = { isOpen: false, outcome };
    };
    thenPromise(
      result,
      (value) => close(attempt(() => describeResult(value))),
      (error) => close(describeFailure(error)),
    );
    return null;
  } catch (error) {
    return describeFailure(error);
  }
}

/** An isolate has no timers and no input, so a promise that is open once the microtasks have run stays open for ever. */
function settle(): string {
  if (!settlement.isOpen) return settlement.outcome;
  isSpoiled = true;
  settlement = { isOpen: true };
  return failureText('timeout', 'the promise never settles', logMember());
}

/** Calls the functions from `first` on, each with the result of the one before. Waits only where one gave a promise. */
function callFrom(first: Step | null, data: unknown, event: string, source: string): unknown {
  let value = data;
  for (let step = first; step !== null; step = step.next) {
    value = applyFunction(step.fn, undefined, [value, event, source, PID]);
    if (!isThenable(value)) continue;
    const { next } = step;
    return resolvePromise(chain(value, (settled) => callFrom(next, settled, event, source)));
  }
  return value;
}

async function chain(value: PromiseLike<unknown>, continueWith: (settled: unknown) => unknown): Promise<unknown> {
  return continueWith(await value);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function attempt(describe: () => string): string {
  try {
    return describe();
  } catch (error) {
    return describeFailure(error);
  }
}

function describeResult(value: unknown): string {
  if (!value) return failureText('runtime', `the last function returned ${describeThrown(value)}`, logMember());
  const text = stringifyJson(value) ?? stringifyJson(toText(value));
  return `{"ok":true,"value":${text}${logMember()}}`;
}

function logMember(): string {
  return `,"logs":${logBook.take()}`;
}

function describeFailure(error: unknown): string {
  const message = describeThrown(error);
  // A script survives only one kind of broken memory limit, a failed allocation.
  const kind = execPattern(/^RangeError: Array buffer allocation failed/, message) === null ? 'runtime' : 'memory';
  return failureText(kind, message, logMember());
}

/** The text of any thrown value. Reading it may run user code: getters, `toString`, proxies. */
function describeThrown(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null || !('message' in error))
      return cutText(toText(error), limits.errorChars);
    const name = 'name' in error ? toText(error.name) : 'Error';
    const place =
      'stack' in error ? execPattern(/functions\[\d+\]:\d+/, sliceText(toText(error.stack), 0, 4096)) : null;
    const text = cutText(`${name}: ${toText(error.message)}`, limits.errorChars);
    return place === null ? text : `${text} (${place[0]})`;
  } catch {
    return 'the error thrown cannot be turned into text';
  }
}

function installConsole(): void {
  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'err' };
  const methods: Record<string, (...values: unknown[]) => void> = {};
  for (const [method, level] of Object.entries(levels)) {
    methods[method] = (...values) => {
      let text = '';
      for (let index = 0; index < values.length; index++)
        text += (index === 0 ? '' : ' ') + describeLogged(values[index]);
      logBook.add(level, text);
    };
  }
  Object.defineProperty(globalThis, 'console', { value: methods, writable: true, configurable: true });
}

function describeLogged(value: unknown): string {
  try {
    if (typeof value !== 'object' || value === null) return toText(value);
    return 'message' in value ? describeThrown(value) : (stringifyJson(value) ?? '');
  } catch {
    return '[a value without text]';
  }
}
