import { availableParallelism } from 'node:os';
import { bundleSandbox } from '../bundle/bundle.ts';
import type { SandboxLimits } from '../limits.ts';
import type { BootMessage } from '../protocol.ts';
import type { HookKey, SandboxStats } from '../types.ts';
import { createRunnerGroup, type Task } from './runner-group.ts';
import { type Lost, type RunnerProcess, startRunner, type TaskResult } from './runner-process.ts';
import { createRunnerSupervisor, type RunnerCounts } from './runner-supervisor.ts';
import { createSlowHooks } from './slow-hooks.ts';

export type PoolTask = Omit<Task, 'hookId'> & { hook: HookKey };
/** `refused`: too many tasks wait for the slow runner, in all or of this hook. */
export type PoolResult = TaskResult | { ok: false; refused: true };

export interface Pool {
  run(task: PoolTask): Promise<PoolResult>;
  /** Sends the hook's tasks to the slow runner for a while. */
  slowDown(hook: HookKey): void;
  stats(): SandboxStats;
  close(): Promise<void>;
}

/**
 * Two groups: hooks that behave share the fast runners; hooks that lately used up a task's CPU time share the slow runner,
 * which has a low priority. However many hooks loop for ever, each costs the others at most one task per minute.
 */
export function createPool(
  limits: SandboxLimits,
  runners = Math.min(availableParallelism(), 4),
  onRunnerLost: (reason: string) => void = () => {},
): Pool {
  const counts: RunnerCounts = { killed: 0, lost: 0, recycled: 0 };
  const slowHooks = createSlowHooks(limits.slowMs);
  let boot: Promise<BootMessage> | undefined;

  async function start(isSlow: boolean): Promise<RunnerProcess> {
    boot ??= bundleSandbox().then((bundles) => ({ ...bundles, limits }));
    return startRunner(await boot, isSlow);
  }

  const onLost = ({ message, detail }: Lost): void => {
    counts.lost += 1;
    onRunnerLost(`${message}: ${detail}`);
  };
  const supervise = (isSlow: boolean) => createRunnerSupervisor(limits, counts, () => start(isSlow), onLost);
  const fast = createRunnerGroup(Array.from({ length: runners }, () => supervise(false)));
  const slow = createRunnerGroup([supervise(true)]);

  return {
    async run({ hook, ...task }) {
      if (!slowHooks.has(hook)) return fast.run({ ...task, hookId: hook.id });
      const isFull = slow.queued() >= limits.slowQueue || slow.queued(hook.id) >= limits.slowQueuePerHook;
      return isFull ? { ok: false, refused: true } : slow.run({ ...task, hookId: hook.id });
    },
    slowDown: slowHooks.add,
    stats: () => ({
      runners: fast.runners() + slow.runners(),
      busy: fast.busy() + slow.busy(),
      queued: fast.queued() + slow.queued(),
      slowHooks: slowHooks.count(),
      ...counts,
    }),
    async close() {
      await Promise.all([fast.close(), slow.close()]);
    },
  };
}
