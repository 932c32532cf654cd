import { LOADING, PROGRESS } from '../guest/progress.ts';
import type { SandboxLimits } from '../limits.ts';
import type { TaskFailure } from '../protocol.ts';
import type { WarmIsolate } from './warm-isolates.ts';

const tickMs = 10;
/** How long a script may run on after its termination. Some built-ins never check for it; only killing the process ends them. */
const terminationGraceMs = 250;
/** CPU time that a slice may use beyond one run: what its other runs take before it hands back, and V8's own work. */
const sliceExtraCpuMs = 100;

export interface Watch {
  /** CPU time of the process, and wall time, since the watch began. */
  cpuMs(): number;
  wallMs(): number;
  /** Must be called before each call into the guest, which then has one slice's time. */
  beginSlice(): void;
  /** The item that runs now, by the word of the guest. Null while the sources are loaded. */
  itemIndex(): number | null;
  /** Why the isolate was ended, once it was. */
  violation(): TaskFailure | null;
  /** Resolves with the violation when the isolate does not end although it was terminated. */
  stuck: Promise<TaskFailure>;
  stop(): void;
}

interface Clock {
  cpuMs: number;
  wallMs: number;
}

/**
 * Holds a running isolate to its limits, from the main thread, which user code never blocks. isolated-vm's own timeout is
 * wall time, spans a whole call, and misses microtasks. Here each item has its own CPU time, taken from the process: the
 * isolate's thread, and V8's helpers that work for it, are all that runs during a task.
 *
 * The guest says which item it is at, in `progress`. User code that has taken over the guest can write there, so its word
 * only makes limits tighter: item numbers only grow, and each slice and the whole task have limits of their own, by this
 * process's clocks.
 */
export function watchIsolate(warm: WarmIsolate, progress: Int32Array, itemCount: number, limits: SandboxLimits): Watch {
  const startedRss = readRssMib();
  const taskStart = readClock();
  let sliceStart = taskStart;
  let itemStart = taskStart;
  let item = LOADING;
  let violation: TaskFailure | null = null;
  let endedAt = 0;
  const { promise: stuck, resolve: reportStuck } = Promise.withResolvers<TaskFailure>();
  const maxSliceCpuMs = limits.runCpuMs + sliceExtraCpuMs;
  const maxTaskCpuMs = Math.max(limits.taskCpuMs, limits.runCpuMs) + 2 * maxSliceCpuMs;

  function noticeItem(now: Clock): void {
    const reported = progress[PROGRESS.item] ?? LOADING;
    if (reported <= item || reported >= itemCount) return;
    item = reported;
    itemStart = now;
  }

  function itemIndex(): number | null {
    if (violation === null) noticeItem(readClock());
    return item === LOADING ? null : item;
  }

  function endIsolate(kind: 'timeout' | 'memory', message: string): TaskFailure {
    const failure: TaskFailure = { index: itemIndex(), kind, message, stuck: false };
    violation = failure;
    endedAt = performance.now();
    if (!warm.isolate.isDisposed) warm.isolate.dispose();
    return failure;
  }

  function tick(): void {
    const now = readClock();
    if (violation !== null) {
      if (now.wallMs - endedAt > terminationGraceMs) reportStuck({ ...violation, stuck: true });
      return;
    }
    noticeItem(now);
    const grownMib = readRssMib() - startedRss;
    const isOver =
      now.cpuMs - itemStart.cpuMs > limits.runCpuMs ||
      now.cpuMs - sliceStart.cpuMs > maxSliceCpuMs ||
      now.cpuMs - taskStart.cpuMs > maxTaskCpuMs;
    const isSleeping = now.wallMs - Math.min(itemStart.wallMs, sliceStart.wallMs) > limits.runWallMs;
    if (grownMib > limits.runnerRssMib || (isOver && grownMib > limits.memoryMib)) {
      endIsolate('memory', memoryMessage(limits));
    } else if (isOver) endIsolate('timeout', `the run took more than ${limits.runCpuMs} ms of CPU time`);
    else if (isSleeping) endIsolate('timeout', `the run took more than ${limits.runWallMs} ms`);
  }

  warm.onCatastrophe = () => reportStuck({ ...endIsolate('memory', memoryMessage(limits)), stuck: true });
  const timer = setInterval(tick, tickMs);
  return {
    cpuMs: () => readClock().cpuMs - taskStart.cpuMs,
    wallMs: () => performance.now() - taskStart.wallMs,
    beginSlice() {
      sliceStart = readClock();
    },
    itemIndex,
    violation: () => violation,
    stuck,
    stop() {
      clearInterval(timer);
      warm.onCatastrophe = () => {};
    },
  };
}

export function memoryMessage(limits: SandboxLimits): string {
  return `the run needs more than ${limits.memoryMib} MiB of memory`;
}

function readClock(): Clock {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() };
}

export function readRssMib(): number {
  return process.memoryUsage.rss() / (1024 * 1024);
}
