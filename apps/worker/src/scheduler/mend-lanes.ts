import {
  advanceOrder,
  cancelDueDeliveries,
  type Database,
  type LanedHook,
  listLanedHooks,
  listLaneKeys,
  releaseHeldKeys,
  wakeLanes,
} from '@eventhooks/database';

export interface LaneMender {
  /** Looks at the next lanes of each hook with deliveries that wait behind others. */
  mend(): Promise<void>;
}

/** Lanes of a hook that are looked at together. */
const lanesPerHook = 1_000;
const mostTogether = 1_000;
/** Other work of the scheduler waits no longer than this for lanes; the next call goes on. */
const longestMs = 500;

/**
 * Wakes lanes that wait in vain: a worker died between the end of a delivery and the claim of the next one, a hook was resumed,
 * a key is no longer held. In time it passes by every lane, however many there are. It decides nothing: see claimLanes.
 */
export function createLaneMender({ pool }: Database): LaneMender {
  /** The key of each hook that was looked at last. */
  const places = new Map<string, string>();
  /** The hook that was looked at last. */
  let lastHookId = '';

  const mendHook = async ({ hookId, isEnabled, isServed }: LanedHook): Promise<void> => {
    if (!isEnabled) await cancelDueDeliveries(pool, hookId, mostTogether);
    if (!isServed) return;
    const keys = await listLaneKeys(pool, hookId, places.get(hookId) ?? '', lanesPerHook);
    await wakeLanes(pool, hookId, keys);
    const last = keys.length < lanesPerHook ? undefined : keys.at(-1);
    if (last === undefined) places.delete(hookId);
    else places.set(hookId, last);
  };
  return {
    async mend() {
      await advanceOrder(pool);
      await releaseHeldKeys(pool, mostTogether);
      const hooks = await listLanedHooks(pool);
      const present = new Set(hooks.map(({ hookId }) => hookId));
      for (const hookId of places.keys()) if (!present.has(hookId)) places.delete(hookId);
      const endsAt = performance.now() + longestMs;
      const start = Math.max(
        0,
        hooks.findIndex(({ hookId }) => hookId > lastHookId),
      );
      for (const hook of [...hooks.slice(start), ...hooks.slice(0, start)]) {
        await mendHook(hook);
        lastHookId = hook.hookId;
        if (performance.now() > endsAt) return;
      }
    },
  };
}
