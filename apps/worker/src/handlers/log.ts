import type { Prepare } from './handler.ts';
import { redactRecorded } from './recorded.ts';

/** Writes one structured line to the worker's log; the same goes into the record as the attempt's request. */
export const prepareLog: Prepare = (firings, { logger }) =>
  firings.map((firing) => () => {
    const line = {
      source: firing.name.source,
      event: firing.name.event,
      hook_id: firing.hook.id,
      data: redactRecorded(firing.hook, JSON.parse(firing.data)),
    };
    logger.info({ ...line, delivery_id: firing.deliveryId }, 'event');
    return Promise.resolve({
      ok: true,
      startedAtMs: Date.now(),
      durationMs: 0,
      request: JSON.stringify({ log: line }),
      response: null,
      responseStatus: null,
    });
  });
