import type ivm from 'isolated-vm';
import type { LoadRequest, LoadResult } from '../guest/guest.ts';
import { asChunk, asExpression, sourceName } from '../guest/javascript-forms.ts';
import { ITEM_SLOT, LOADING, PROGRESS_SLOTS, STATE, STATE_SLOT } from '../guest/progress.ts';
import type { SandboxLimits } from '../limits.ts';
import type { SourceFault, TurnEnd, TurnFailure, TurnRequest } from '../protocol.ts';
import { openGuest } from './guest-handle.ts';
import type { WarmIsolate, WarmIsolates } from './warm-isolates.ts';
import { indexOf, memoryMessage, type Watch, watchIsolate } from './watch.ts';

export interface TurnTools {
  isolates: WarmIsolates;
  limits: SandboxLimits;
  sendOutcomes(text: string): void;
}

/** Runs one turn to its end, whatever the user's code does; only the end of the process ends a turn otherwise. */
export async function takeTurn(tools: TurnTools, request: TurnRequest): Promise<TurnEnd> {
  const { isolates, limits } = tools;
  const warm =
    request.type === 'run'
      ? isolates.acquire(request.guest, request.hookId, request.sources)
      : isolates.create(request.guest);
  const buffer = new SharedArrayBuffer(PROGRESS_SLOTS * Int32Array.BYTES_PER_ELEMENT);
  const progress = new Int32Array(buffer);
  progress[ITEM_SLOT] = LOADING;
  const watch = watchIsolate(warm, progress, limits);
  try {
    const work = request.type === 'run' ? runItems(tools, warm, request, buffer, watch) : checkSources(warm, request);
    // Once stuck, the work neither ends nor fails; the process is about to be killed.
    const end = await Promise.race([work, watch.stuck.then((failure): TurnEnd => ({ reason: 'failed', failure }))]);
    if (request.type === 'check' || end.reason === 'failed' || (await isTooBig(warm, limits))) isolates.drop(warm);
    return end;
  } catch (error) {
    const failure = watch.verdict() ?? explainError(error, warm, progress, limits);
    isolates.drop(warm);
    return { reason: 'failed', failure };
  } finally {
    watch.stop();
  }
}

type RunRequest = Extract<TurnRequest, { type: 'run' }>;
type CheckRequest = Extract<TurnRequest, { type: 'check' }>;

async function runItems(
  { limits, sendOutcomes }: TurnTools,
  warm: WarmIsolate,
  { sources, items }: RunRequest,
  buffer: SharedArrayBuffer,
  watch: Watch,
): Promise<TurnEnd> {
  const progress = new Int32Array(buffer);
  const guest = await openGuest(warm, buffer);
  const load: LoadRequest = { sources, limits, cache: warm.cache };
  const loaded: LoadResult = JSON.parse(await guest.load(JSON.stringify(load)));
  if (!loaded.ok) {
    const { kind, message, at } = loaded;
    return { reason: 'failed', failure: { index: null, kind, message, at, stuck: false } };
  }
  warm.cache = loaded.cache ?? warm.cache;
  let batch: string[] | null = items.flatMap(({ data, event, source }) => [data, event, source]);
  for (;;) {
    const text = await guest.run(batch);
    batch = null;
    if (text !== '[]') sendOutcomes(text);
    const state = progress[STATE_SLOT];
    if (state !== STATE.more) {
      guest.release();
      return state === STATE.finished ? { reason: 'finished' } : { reason: 'stopped', slow: false };
    }
    if (text !== '[]' && watch.cpuMs() > limits.turnCpuMs) {
      guest.release();
      return { reason: 'stopped', slow: true };
    }
  }
}

async function checkSources(warm: WarmIsolate, { guest: kind, sources }: CheckRequest): Promise<TurnEnd> {
  if (kind === 'javascript') {
    const faults = await Promise.all(sources.map((source, index) => checkJavaScript(warm.isolate, source, index)));
    return { reason: 'checked', faults: faults.filter((fault) => fault !== null) };
  }
  const guest = await openGuest(warm, new SharedArrayBuffer(0));
  const faults: SourceFault[] = JSON.parse(await guest.check(JSON.stringify(sources)));
  return { reason: 'checked', faults };
}

/** Compiles outside of any context: nothing runs. Of the two readings' faults, the one further on is the likelier. */
async function checkJavaScript(isolate: ivm.Isolate, source: string, index: number): Promise<SourceFault | null> {
  const expression = await findSyntaxFault(isolate, asExpression(source), index);
  if (expression === null) return null;
  const chunk = await findSyntaxFault(isolate, asChunk(source), index);
  if (chunk === null) return null;
  const fault = expression.offset > chunk.offset ? expression : chunk;
  return { index, line: fault.line, message: fault.message };
}

interface SyntaxFault {
  line: number | null;
  message: string;
  offset: number;
}

async function findSyntaxFault(isolate: ivm.Isolate, code: string, index: number): Promise<SyntaxFault | null> {
  try {
    (await isolate.compileScript(code, { filename: sourceName(index) })).release();
    return null;
  } catch (error) {
    if (isolate.isDisposed || !(error instanceof Error)) throw error;
    // isolated-vm appends the place: `Unexpected token ')' [functions[0]:3:5]`.
    const [, message = error.message, line, column] =
      /^([\s\S]*) \[functions\[\d+\]:(\d+):(\d+)\]$/.exec(error.message) ?? [];
    const offset = Number(line ?? 0) * 1e6 + Number(column ?? 0);
    // What is found missing at the end is on the line that the wrapping added.
    const lines = code.split('\n').length - 1;
    return { line: line === undefined ? null : Math.min(Number(line), lines), message: message.slice(0, 1000), offset };
  }
}

/** A call into the isolate failed although the glue catches what it can. */
function explainError(error: unknown, warm: WarmIsolate, progress: Int32Array, limits: SandboxLimits): TurnFailure {
  const index = indexOf(progress);
  if (warm.isolate.isDisposed) return { index, kind: 'memory', message: memoryMessage(limits), stuck: false };
  const message = error instanceof Error ? error.message.slice(0, limits.errorChars) : 'the run failed';
  return { index, kind: 'runtime', message, stuck: false };
}

/** Contexts of earlier batches are garbage that V8 collects in its own time. */
async function isTooBig({ isolate }: WarmIsolate, { warmHeapMib }: SandboxLimits): Promise<boolean> {
  if (isolate.isDisposed) return true;
  const { used_heap_size, externally_allocated_size } = await isolate.getHeapStatistics();
  return used_heap_size + externally_allocated_size > warmHeapMib * 1024 * 1024;
}
