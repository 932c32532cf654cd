import { buildWebhookRequest } from '@eventhooks/delivery';
import { configOf, type Prepare } from './handler.ts';
import { createSend } from './send.ts';

/** POSTs the event's data with `event` and `source`. Built when its turn comes, so that a large batch holds no bodies. */
export const prepareWebhook: Prepare = (firings, tools) => {
  const [first] = firings;
  if (!first) return [];
  const config = configOf(first.hook, 'webhook');
  const { url, headers } = config;
  const send = createSend(first.hook, config, tools);
  return firings.map((firing) => (traceparent) => {
    const { event, source } = firing.name;
    const built = buildWebhookRequest({ url, headers, dataText: firing.data, event, source });
    return send(firing, { ...built, traceparent });
  });
};
