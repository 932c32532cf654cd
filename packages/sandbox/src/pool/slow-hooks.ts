import type { HookKey } from '../types.ts';

/** More hooks than this overrunning at once: the longest remembered are forgotten, and found out again. */
const MAX_HOOKS = 10_000;

export interface SlowHooks {
  add(hook: HookKey): void;
  has(hook: HookKey): boolean;
  count(): number;
}

/** Remembers which hooks used up a turn lately. A changed hook (a new revision) starts afresh. */
export function createSlowHooks(slowMs: number): SlowHooks {
  const untilByHook = new Map<string, number>();

  function dropExpired(): void {
    const now = performance.now();
    // In order of time: each is put at the end when it is added again.
    for (const [key, until] of untilByHook) {
      if (until > now && untilByHook.size <= MAX_HOOKS) return;
      untilByHook.delete(key);
    }
  }

  return {
    add(hook) {
      untilByHook.delete(keyOf(hook));
      untilByHook.set(keyOf(hook), performance.now() + slowMs);
      dropExpired();
    },
    has: (hook) => (untilByHook.get(keyOf(hook)) ?? 0) > performance.now(),
    count() {
      dropExpired();
      return untilByHook.size;
    },
  };
}

function keyOf({ id, revision }: HookKey): string {
  return `${id} ${revision}`;
}
