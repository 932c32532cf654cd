import { type Guest, type LoadRequest, type LoadResult, offerGuest, PID } from './guest.ts';
import { createItemLoop, failureText, type ItemResult } from './item-loop.ts';
import { asChunk, asExpression, sourceName } from './javascript-forms.ts';
import { createLogBook } from './log-book.ts';
import {
  applyFunction,
  cutText,
  execPattern,
  parseJson,
  resolvePromise,
  sliceText,
  stringifyJson,
  thenPromise,
} from './primordials.ts';

/** Indirect, so that sources see globals only, not the glue's variables. */
// biome-ignore lint/security/noGlobalEval: running the user's code is what this guest is for; it has no other way in an isolate.
const evaluate: (text: string) => unknown = globalThis.eval;

let limits = { outputBytes: 0, logLines: 0, logChars: 0, errorChars: 0 };
const logBook = createLogBook(() => limits);
installConsole();

/** What the last item's promise has come to. */
type Settlement = { isOpen: true } | { isOpen: false; outcome: string };
let settlement: Settlement = { isOpen: true };
let isSpoiled = false;
let functions: ((...args: unknown[]) => unknown)[] = [];
let run: Guest['run'] = () => '[]';

offerGuest({
  load(request, progress) {
    const wanted = parseJson(request) as LoadRequest;
    limits = wanted.limits;
    const result = loadFunctions(wanted.sources);
    const loop = createItemLoop(limits, new Int32Array(progress), { start, settle, isSpoiled: () => isSpoiled });
    run = loop;
    return stringifyJson(result) ?? '';
  },
  run: (batch) => run(batch),
});

function loadFunctions(sources: string[]): LoadResult {
  functions = [];
  for (let at = 0; at < sources.length; at++) {
    try {
      const value = evaluateSource(sources[at] ?? '', at);
      if (typeof value !== 'function') {
        return { ok: false, kind: 'runtime', message: `gives ${typeof value} where a function is expected`, at };
      }
      functions[at] = value as (typeof functions)[number];
    } catch (error) {
      const kind = error instanceof SyntaxError ? 'syntax' : 'runtime';
      return { ok: false, kind, message: describeThrown(error), at };
    }
  }
  return { ok: true };
}

function evaluateSource(source: string, at: number): unknown {
  const name = `\n//# sourceURL=${sourceName(at)}`;
  try {
    return evaluate(asExpression(source) + name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return evaluate(asChunk(source) + name);
  }
}

function start(data: string, event: string, source: string): ItemResult {
  isSpoiled = false;
  try {
    const result = callFrom(0, parseJson(data), event, source);
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

/** There are no timers and no input in an isolate: what is open once the microtasks have run stays open for ever. */
function settle(): string {
  if (!settlement.isOpen) return settlement.outcome;
  isSpoiled = true;
  settlement = { isOpen: true };
  return failureText('timeout', 'the promise never settles', logMember());
}

/** Calls the functions from `at` on, each with the result of the one before; waits only where one gave a promise. */
function callFrom(at: number, data: unknown, event: string, source: string): unknown {
  let value = data;
  for (let index = at; index < functions.length; index++) {
    const fn = functions[index];
    if (fn === undefined) break;
    value = applyFunction(fn, undefined, [value, event, source, PID]);
    if (!isThenable(value)) continue;
    const next = index + 1;
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
  const text = stringifyJson(value) ?? stringifyJson(String(value));
  return `{"ok":true,"value":${text}${logMember()}}`;
}

function logMember(): string {
  return `,"logs":${logBook.take()}`;
}

function describeFailure(error: unknown): string {
  const message = describeThrown(error);
  // A failed allocation is the one broken memory limit that a script survives.
  const kind = execPattern(/^RangeError: Array buffer allocation failed/, message) === null ? 'runtime' : 'memory';
  return failureText(kind, message, logMember());
}

/** Text of whatever was thrown. Reading it may run user code: getters, `toString`, proxies. */
function describeThrown(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null || !('message' in error))
      return cutText(String(error), limits.errorChars);
    const name = 'name' in error ? String(error.name) : 'Error';
    const place =
      'stack' in error ? execPattern(/functions\[\d+\]:\d+/, sliceText(String(error.stack), 0, 4096)) : null;
    const text = cutText(`${name}: ${String(error.message)}`, limits.errorChars);
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
    if (typeof value !== 'object' || value === null) return String(value);
    return 'message' in value ? describeThrown(value) : (stringifyJson(value) ?? '');
  } catch {
    return '[a value without text]';
  }
}
