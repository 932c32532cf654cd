import type ivm from 'isolated-vm';
import type { LoadRequest, LoadResult } from '../guest/guest.ts';
import { asChunk, asExpression, sourceName } from '../guest/javascript-forms.ts';
import { LOADING, PROGRESS, PROGRESS_LENGTH, STATE } from '../guest/progress.ts';
import type { SandboxLimits } from '../limits.ts';
import type { SourceFault, TaskEnd, TaskFailure, TaskRequest } from '../protocol.ts';
import { type GuestHandle, OversizedResult, openGuest } from './guest-handle.ts';
import type { WarmIsolate, WarmIsolates } from './warm-isolates.ts';
import { memoryMessage, type Watch, watchIsolate } from './watch.ts';

export interface TaskTools {
  isolates: WarmIsolates;
  limits: SandboxLimits;
  sendOutcomes(text: string): void;
}

/** Runs one task to its end, whatever the user's code does. Only the end of the process can cut it short. */
export async function runTask(tools: TaskTools, request: TaskRequest): Promise<TaskEnd> {
  const { isolates, limits } = tools;
  const isRun = request.type === 'run';
  const warm = isRun
    ? isolates.acquire(request.guest, request.hookId, request.sources)
    : isolates.create(request.guest);
  const buffer = new SharedArrayBuffer(PROGRESS_LENGTH * Int32Array.BYTES_PER_ELEMENT);
  const progress = new Int32Array(buffer);
  progress[PROGRESS.item] = LOADING;
  const watch = watchIsolate(warm, progress, isRun ? request.items.length : 0, limits);
  try {
    const work = isRun ? runItems(tools, warm, request, buffer, watch) : checkSources(warm, request, limits);
    // A stuck script neither ends nor fails; the process is about to be killed.
    const end = await Promise.race([work, watch.stuck.then((failure): TaskEnd => ({ reason: 'failed', failure }))]);
    if (!isRun || end.reason === 'failed' || (await isTooBig(warm, limits))) isolates.drop(warm);
    return end;
  } catch (error) {
    const failure = watch.violation() ?? explainError(error, warm, watch, limits);
    isolates.drop(warm);
    return { reason: 'failed', failure };
  } finally {
    watch.stop();
  }
}

type RunRequest = Extract<TaskRequest, { type: 'run' }>;
type CheckRequest = Extract<TaskRequest, { type: 'check' }>;

async function runItems(
  { limits, sendOutcomes }: TaskTools,
  warm: WarmIsolate,
  { sources, items }: RunRequest,
  buffer: SharedArrayBuffer,
  watch: Watch,
): Promise<TaskEnd> {
  const guest = await openGuest(warm, buffer, limits);
  const load: LoadRequest = { sources, limits, cache: warm.cache };
  const loaded: LoadResult = JSON.parse(await guest.load(JSON.stringify(load)));
  if (!loaded.ok) {
    const { kind, message, at } = loaded;
    return { reason: 'failed', failure: { index: null, kind, message, at, stuck: false } };
  }
  warm.cache = loaded.cache ?? warm.cache;
  const batch = items.flatMap(({ data, event, source }) => [data, event, source]);
  const end = await runSlices(guest, batch, { progress: new Int32Array(buffer), watch, limits, sendOutcomes });
  guest.release();
  return end;
}

interface SliceTools {
  progress: Int32Array;
  watch: Watch;
  limits: SandboxLimits;
  sendOutcomes(text: string): void;
}

/**
 * Calls the guest until all items have outcomes, or the task's time is used up. A slice without an outcome waits for a
 * promise, which settles before the next slice or never. An intact guest gives no two such slices in a row, so two of them
 * end the task.
 */
async function runSlices(
  guest: GuestHandle,
  batch: string[],
  { progress, watch, limits, sendOutcomes }: SliceTools,
): Promise<TaskEnd> {
  let next: string[] | null = batch;
  let wasEmpty = false;
  for (;;) {
    watch.beginSlice();
    const text = await guest.run(next);
    next = null;
    const isEmpty = text === '[]';
    if (!isEmpty) sendOutcomes(text);
    const state = progress[PROGRESS.state];
    if (state === STATE.finished) return { reason: 'finished' };
    if (state !== STATE.more || (isEmpty && wasEmpty)) return { reason: 'stopped', slow: false };
    wasEmpty = isEmpty;
    const isSlow = watch.cpuMs() > limits.taskCpuMs;
    if (!isEmpty && (isSlow || watch.wallMs() > limits.runWallMs)) return { reason: 'stopped', slow: isSlow };
  }
}

async function checkSources(
  warm: WarmIsolate,
  { guest: kind, sources }: CheckRequest,
  limits: SandboxLimits,
): Promise<TaskEnd> {
  if (kind === 'javascript') {
    const faults = await Promise.all(sources.map((source, index) => checkJavaScript(warm.isolate, source, index)));
    return { reason: 'checked', faults: faults.filter((fault) => fault !== null) };
  }
  const guest = await openGuest(warm, new SharedArrayBuffer(0), limits);
  const faults: SourceFault[] = JSON.parse(await guest.check(JSON.stringify(sources)));
  return { reason: 'checked', faults };
}

/** Compiles outside any context, so that nothing runs. If both readings fail, the fault further on is the more likely one. */
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
    // A part missing at the end is reported on the line that the wrapping added.
    const lines = code.split('\n').length - 1;
    return { line: line === undefined ? null : Math.min(Number(line), lines), message: message.slice(0, 1000), offset };
  }
}

/** Names the failure of a call into the isolate. The guest itself catches what it can. */
function explainError(error: unknown, warm: WarmIsolate, watch: Watch, limits: SandboxLimits): TaskFailure {
  const index = watch.itemIndex();
  if (warm.isolate.isDisposed) return { index, kind: 'memory', message: memoryMessage(limits), stuck: false };
  if (error instanceof OversizedResult) return { index, kind: 'output', message: error.message, stuck: false };
  const message = error instanceof Error ? error.message.slice(0, limits.errorChars) : 'the run failed';
  return { index, kind: 'runtime', message, stuck: false };
}

/** Contexts of earlier tasks are garbage that V8 collects in its own time. */
async function isTooBig({ isolate }: WarmIsolate, { warmHeapMib }: SandboxLimits): Promise<boolean> {
  if (isolate.isDisposed) return true;
  const { used_heap_size, externally_allocated_size } = await isolate.getHeapStatistics();
  return used_heap_size + externally_allocated_size > warmHeapMib * 1024 * 1024;
}
