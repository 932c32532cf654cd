import type { SandboxLimits } from '../limits.ts';
import type { TaskRequest } from '../protocol.ts';
import type { Lost, RunnerProcess, TaskResult } from './runner-process.ts';

export interface RunnerCounts {
  killed: number;
  lost: number;
  recycled: number;
}

/** Keeps one runner: starts it on first need, replaces it after its term, ends it when it is idle. */
export interface RunnerSupervisor {
  isBusy(): boolean;
  hasRunner(): boolean;
  /** Must not be called while the runner is busy. */
  run(request: TaskRequest, onOutcomes: (text: string) => void): Promise<TaskResult>;
  close(): Promise<void>;
}

export const closedResult: TaskResult = { ok: false, message: 'the sandbox is closed', detail: '' };

export function createRunnerSupervisor(
  limits: SandboxLimits,
  counts: RunnerCounts,
  start: () => Promise<RunnerProcess>,
  onLost: (lost: Lost) => void,
): RunnerSupervisor {
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

  async function attempt(request: TaskRequest, onOutcomes: (text: string) => void): Promise<TaskResult> {
    try {
      // A runner may have died while it was idle.
      if (runner?.isAlive === false) await dismiss();
      runner ??= await start();
      return isClosed ? closedResult : await runner.run(request, onOutcomes);
    } catch (error) {
      return { ok: false, message: 'the sandbox runner did not start', detail: String(error) };
    }
  }

  /** Whether the runner has to be replaced. Counts the reason. */
  function isOver(request: TaskRequest, result: TaskResult): boolean {
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
    async run(request, onOutcomes) {
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
