import { availableParallelism } from 'node:os';
import { bundleSandbox } from '../bundle/bundle.ts';
import type { SandboxLimits } from '../limits.ts';
import type { BootMessage } from '../protocol.ts';
import type { HookKey, SandboxStats } from '../types.ts';
import { createLane, type Turn } from './lane.ts';
import { type Lost, type RunnerProcess, startRunner, type TurnResult } from './runner-process.ts';
import { createSlot, type RunnerCounts } from './slot.ts';
import { createSlowHooks } from './slow-hooks.ts';

export type PoolTurn = Omit<Turn, 'hookId'> & { hook: HookKey };
/** `refused`: the slow runner has too much waiting, of this hook or in all. */
export type PoolResult = TurnResult | { ok: false; refused: true };

export interface Pool {
  take(turn: PoolTurn): Promise<PoolResult>;
  /** From now on, for a while, the hook's turns go to the slow runner. */
  slowDown(hook: HookKey): void;
  stats(): SandboxStats;
  close(): Promise<void>;
}

/**
 * Two lanes: hooks that behave share the fast runners; those that lately used up a turn's CPU time share one more runner,
 * at low priority. However many hooks loop for ever, each costs the others one turn a minute at most.
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
  const slot = (isSlow: boolean) => createSlot(limits, counts, () => start(isSlow), onLost);
  const fast = createLane(Array.from({ length: runners }, () => slot(false)));
  const slow = createLane([slot(true)]);

  return {
    async take({ hook, ...turn }) {
      if (!slowHooks.has(hook)) return fast.take({ ...turn, hookId: hook.id });
      const isFull = slow.queued() >= limits.slowQueue || slow.queued(hook.id) >= limits.slowQueuePerHook;
      return isFull ? { ok: false, refused: true } : slow.take({ ...turn, hookId: hook.id });
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
