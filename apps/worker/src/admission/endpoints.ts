import { DEFAULT_MAX_IN_FLIGHT } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import { createPermitPool, type PermitPool } from './permits.ts';
import { createResultWindow, type ResultWindow } from './result-window.ts';

/** This worker's view of one hook's endpoint: how much of it is in use, and how it answers. */
export interface Endpoint {
  permits: PermitPool;
  results: ResultWindow;
}

export interface Endpoints {
  of(hook: StoredHook): Endpoint;
  /** The endpoint of a hook that was attempted lately. */
  find(hookId: string): Endpoint | undefined;
}

const mostEndpoints = 20_000;

export function createEndpoints(): Endpoints {
  const endpoints = new Map<string, Endpoint & { revision: string; maxInFlight: number }>();

  const forgetIdle = (): void => {
    for (const [id, { permits }] of endpoints) if (permits.inFlight() === 0) endpoints.delete(id);
  };
  return {
    of(hook) {
      const maxInFlight = hook.max_in_flight ?? DEFAULT_MAX_IN_FLIGHT;
      const known = endpoints.get(hook.id);
      // A changed hook starts afresh: it may have another endpoint and another bound.
      if (known?.revision === hook.revision && known.maxInFlight === maxInFlight) return known;
      if (endpoints.size >= mostEndpoints) forgetIdle();
      const endpoint = {
        permits: createPermitPool(maxInFlight),
        results: createResultWindow(),
        revision: hook.revision,
        maxInFlight,
      };
      endpoints.set(hook.id, endpoint);
      return endpoint;
    },
    find: (hookId) => endpoints.get(hookId),
  };
}
