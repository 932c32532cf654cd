import type { JsonObject } from '@eventhooks/contract';
import { buildCustomRequest } from '@eventhooks/delivery';
import { failAttempt } from '../delivery/outcome.ts';
import { configOf, type Prepare } from './handler.ts';
import { failedRun, sandboxHook, sandboxItems } from './sandboxed.ts';
import { createSend } from './send.ts';

/** Renders the templates of all deliveries in one crossing into the sandbox. Each is then encoded and sent on its own. */
export const prepareWebhookCustom: Prepare = async (deliveries, tools) => {
  const [first] = deliveries;
  if (!first) return [];
  const config = configOf(first.hook, 'webhook-custom');
  const startedAtMs = Date.now();
  const outcomes = await tools.sandbox.render(
    sandboxHook(first.hook),
    {
      payload: config.payload,
      payloadFormat: config.payload_format,
      body: config.body,
      bodyFormat: config.body_format,
      headers: config.headers,
      headersFormat: config.headers_format,
    },
    sandboxItems(deliveries),
  );
  const send = createSend(first.hook, config, tools);
  return deliveries.map((delivery, index) => {
    const outcome = outcomes[index];
    if (!outcome?.ok) return () => Promise.resolve(failedRun(outcome, startedAtMs));
    // The sandbox hands its results over as JSON.
    const payload = outcome.rendered.payload as JsonObject | null;
    return (traceparent) => {
      const built = buildCustomRequest({ method: config.method, url: config.url, ...outcome.rendered, payload });
      if (!built.ok) return Promise.resolve(failAttempt(built.kind, built.message, startedAtMs));
      return send(delivery, { ...built.request, traceparent });
    };
  });
};
