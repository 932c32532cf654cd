import { ITEM_SLOT, LOADING } from '../guest/progress.ts';
import type { SandboxLimits } from '../limits.ts';
import type { TurnFailure } from '../protocol.ts';
import type { WarmIsolate } from './warm-isolates.ts';

const TICK_MS = 10;
/** How long a script may go on after it was terminated. Some built-ins never look: only the end of the process ends them. */
const TERMINATION_GRACE_MS = 250;

export interface Watch {
  /** CPU time of the process since the watch began. */
  cpuMs(): number;
  /** Why the isolate was ended, once it was. */
  verdict(): TurnFailure | null;
  /** Resolves with the verdict when the isolate does not end in spite of it. */
  stuck: Promise<TurnFailure>;
  stop(): void;
}

/**
 * Holds a running isolate to its limits, from the main thread, which user code never blocks. isolated-vm's own timeout is
 * wall time, spans a whole call, and misses microtasks; here each item has its own CPU time, taken from the process:
 * the isolate's thread, and V8's helpers that work for it, are all that runs during a turn.
 */
export function watchIsolate(warm: WarmIsolate, progress: Int32Array, limits: SandboxLimits): Watch {
  const startedCpu = readCpuMs();
  const startedRss = readRssMib();
  let item = LOADING;
  let itemCpu = startedCpu;
  let itemAt = performance.now();
  let verdict: TurnFailure | null = null;
  let endedAt = 0;
  const { promise: stuck, resolve: reportStuck } = Promise.withResolvers<TurnFailure>();

  function condemn(kind: 'timeout' | 'memory', message: string): TurnFailure {
    endedAt = performance.now();
    verdict = { index: indexOf(progress), kind, message, stuck: false };
    if (!warm.isolate.isDisposed) warm.isolate.dispose();
    return verdict;
  }

  function tick(): void {
    const now = performance.now();
    if (verdict !== null) {
      if (now - endedAt > TERMINATION_GRACE_MS) reportStuck({ ...verdict, stuck: true });
      return;
    }
    const cpu = readCpuMs();
    const grownMib = readRssMib() - startedRss;
    if (progress[ITEM_SLOT] !== item) {
      item = progress[ITEM_SLOT] ?? LOADING;
      itemCpu = cpu;
      itemAt = now;
    }
    const isOver = cpu - itemCpu > limits.runCpuMs;
    if (grownMib > limits.runnerRssMib || (isOver && grownMib > limits.memoryMib))
      condemn('memory', memoryMessage(limits));
    else if (isOver) condemn('timeout', `the run took more than ${limits.runCpuMs} ms of CPU time`);
    else if (now - itemAt > limits.runWallMs) condemn('timeout', `the run took more than ${limits.runWallMs} ms`);
  }

  warm.onCatastrophe = () => reportStuck({ ...condemn('memory', memoryMessage(limits)), stuck: true });
  const timer = setInterval(tick, TICK_MS);
  return {
    cpuMs: () => readCpuMs() - startedCpu,
    verdict: () => verdict,
    stuck,
    stop() {
      clearInterval(timer);
      warm.onCatastrophe = () => {};
    },
  };
}

/** The item that runs now; null while the sources are loaded. */
export function indexOf(progress: Int32Array): number | null {
  const item = progress[ITEM_SLOT] ?? LOADING;
  return item === LOADING ? null : item;
}

export function memoryMessage(limits: SandboxLimits): string {
  return `the run needs more than ${limits.memoryMib} MiB of memory`;
}

function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function readRssMib(): number {
  return process.memoryUsage.rss() / (1024 * 1024);
}
