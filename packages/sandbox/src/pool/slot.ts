import type { SandboxLimits } from '../limits.ts';
import type { TurnRequest } from '../protocol.ts';
import type { Lost, RunnerProcess, TurnResult } from './runner-process.ts';

export interface RunnerCounts {
  killed: number;
  lost: number;
  recycled: number;
}

/** A place for one runner at a time: started on first need, replaced after its term, ended when idle. */
export interface Slot {
  isBusy(): boolean;
  hasRunner(): boolean;
  take(request: TurnRequest, onOutcomes: (text: string) => void): Promise<TurnResult>;
  close(): Promise<void>;
}

export const CLOSED: TurnResult = { ok: false, message: 'the sandbox is closed', detail: '' };

export function createSlot(
  limits: SandboxLimits,
  counts: RunnerCounts,
  start: () => Promise<RunnerProcess>,
  onLost: (lost: Lost) => void,
): Slot {
  let runner: RunnerProcess | null = null;
  let isBusy = false;
  let isClosed = false;
  let cpuMs = 0;
  let runs = 0;
  let idleTimer: NodeJS.Timeout | undefined;

  async function dismiss(): Promise<void> {
    const dismissed = runner;
    runner = null;
    cpuMs = runs = 0;
    await dismissed?.kill();
  }

  async function attempt(request: TurnRequest, onOutcomes: (text: string) => void): Promise<TurnResult> {
    try {
      // One that was idle may have died since.
      if (runner?.isAlive === false) await dismiss();
      runner ??= await start();
      return isClosed ? CLOSED : await runner.take(request, onOutcomes);
    } catch (error) {
      return { ok: false, message: 'the sandbox runner did not start', detail: String(error) };
    }
  }

  /** Whether the runner must go, counted by the reason. */
  function isOver(request: TurnRequest, result: TurnResult): boolean {
    if (!result.ok) {
      if (!isClosed) onLost(result);
      return true;
    }
    cpuMs += result.cpuMs;
    runs += request.type === 'run' ? request.items.length : 1;
    const { end } = result;
    if (end.reason === 'failed' && end.failure.stuck) {
      counts.killed += 1;
      return true;
    }
    const isSpent = cpuMs > limits.runnerCpuMs || runs > limits.runnerRuns || result.rssMib > limits.runnerRssMib;
    if (isSpent) counts.recycled += 1;
    return isSpent;
  }

  return {
    isBusy: () => isBusy,
    hasRunner: () => runner !== null,
    async take(request, onOutcomes) {
      isBusy = true;
      clearTimeout(idleTimer);
      const result = await attempt(request, onOutcomes);
      if (isOver(request, result) || isClosed) await dismiss();
      else idleTimer = setTimeout(() => void dismiss(), limits.runnerIdleMs).unref();
      isBusy = false;
      return result;
    },
    async close() {
      isClosed = true;
      clearTimeout(idleTimer);
      await dismiss();
    },
  };
}
