import { buildBatchRequest, buildWebhookRequest } from '@eventhooks/delivery';
import { batchItemOf } from './batch-item.ts';
import { configOf, type Prepare } from './handler.ts';
import { createSend } from './send.ts';

/** POSTs the event's data with `event` and `source`. Each body is built when it is sent, so that a large batch holds none. */
export const prepareWebhook: Prepare = (deliveries, tools) => {
  const [first] = deliveries;
  if (!first) return [];
  const config = configOf(first.hook, 'webhook');
  const { url, headers } = config;
  const send = createSend(first.hook, config, tools);
  return deliveries.map((delivery) => (traceparent) => {
    const { event, source } = delivery.name;
    const built = delivery.members
      ? buildBatchRequest({ url, headers, items: delivery.members.map(batchItemOf) })
      : buildWebhookRequest({ url, headers, dataText: delivery.data, event, source });
    return send(delivery, { ...built, traceparent });
  });
};
