import { buildWebhookRequest } from '@eventhooks/delivery';
import { configOf, type Prepare } from './handler.ts';
import { sendRequest } from './send.ts';

/** POSTs the event's data with `event` and `source`. Built when its turn comes, so that a large batch holds no bodies. */
export const prepareWebhook: Prepare = (firings, tools) =>
  firings.map((firing) => (traceparent) => {
    const config = configOf(firing.hook, 'webhook');
    const built = buildWebhookRequest({
      url: config.url,
      headers: config.headers,
      dataText: firing.data,
      event: firing.name.event,
      source: firing.name.source,
    });
    return sendRequest({ ...firing, traceparent }, built, config, tools);
  });
