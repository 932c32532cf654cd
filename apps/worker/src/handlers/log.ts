import { stringifyExact } from '@eventhooks/contract';
import type { Prepare } from './handler.ts';
import { redactJson } from './redaction.ts';

/** Writes one structured line to the worker's log. The record has the same line as the attempt's request. */
export const prepareLog: Prepare = (deliveries, { logger }) =>
  deliveries.map((delivery) => () => {
    const line = {
      source: delivery.name.source,
      event: delivery.name.event,
      hook_id: delivery.hook.id,
      data: redactJson(delivery.hook, delivery.data),
    };
    logger.info({ ...line, delivery_id: delivery.id }, 'event');
    return Promise.resolve({
      ok: true,
      startedAtMs: Date.now(),
      durationMs: 0,
      request: stringifyExact({ log: line }),
      response: null,
      responseStatus: null,
    });
  });
