import type { StoredHook } from '@eventhooks/database';
import { createGate, type Gate } from './gate.ts';
import { createResultWindow, type ResultWindow } from './result-window.ts';

/** What this worker knows of one hook's endpoint: how much of it is in use, and how it answers. */
export interface HookLane {
  gate: Gate;
  results: ResultWindow;
}

export interface HookLanes {
  of(hook: StoredHook): HookLane;
  /** The lane of a hook that was attempted lately. */
  find(hookId: string): HookLane | undefined;
}

/** Attempts of one hook at once in one worker, unless the hook says otherwise. */
const defaultMaxInFlight = 128;
const maxLanes = 20_000;

export function createHookLanes(): HookLanes {
  const lanes = new Map<string, HookLane & { revision: string; maxInFlight: number }>();

  const forgetIdle = (): void => {
    for (const [id, { gate }] of lanes) if (gate.inFlight() === 0) lanes.delete(id);
  };
  return {
    of(hook) {
      const maxInFlight = hook.max_in_flight ?? defaultMaxInFlight;
      const known = lanes.get(hook.id);
      // A changed hook starts anew: it may have another endpoint and another bound.
      if (known?.revision === hook.revision && known.maxInFlight === maxInFlight) return known;
      if (lanes.size >= maxLanes) forgetIdle();
      const lane = {
        gate: createGate(maxInFlight),
        results: createResultWindow(),
        revision: hook.revision,
        maxInFlight,
      };
      lanes.set(hook.id, lane);
      return lane;
    },
    find: (hookId) => lanes.get(hookId),
  };
}
