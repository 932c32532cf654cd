import type { Prepare } from './handler.ts';

/** Every attempt succeeds at once. */
export const prepareNull: Prepare = (deliveries) =>
  deliveries.map(() => () => {
    const startedAtMs = Date.now();
    return Promise.resolve({
      ok: true,
      startedAtMs,
      durationMs: 0,
      request: null,
      response: null,
      responseStatus: null,
    });
  });
