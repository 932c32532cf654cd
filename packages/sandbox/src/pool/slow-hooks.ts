import { LRUCache } from 'lru-cache';
import type { HookKey } from '../types.ts';

/** The most hooks that are remembered. Beyond it, the one that overran longest ago is forgotten until it overruns again. */
const maxHooks = 10_000;

export interface SlowHooks {
  add(hook: HookKey): void;
  has(hook: HookKey): boolean;
  count(): number;
}

/** Remembers for `slowMs` that a hook used up a task's CPU time. A changed hook (a new revision) starts afresh. */
export function createSlowHooks(slowMs: number): SlowHooks {
  const hooks = new LRUCache<string, true>({ max: maxHooks, ttl: slowMs });
  return {
    add(hook) {
      hooks.set(keyOf(hook), true);
    },
    has: (hook) => hooks.has(keyOf(hook)),
    count() {
      hooks.purgeStale();
      return hooks.size;
    },
  };
}

function keyOf({ id, revision }: HookKey): string {
  return `${id} ${revision}`;
}
