/** Adds a hook, publishes an event and reads its delivery by the types that openapi-typescript generated. */
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.ts';

const [url = '', token = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });

const event: components['schemas']['PublishedEvent'] = {
  source: 'crud',
  event: 'consumers',
  data: { operation: 'create', entity: { username: 'Ada' } },
};
const hook = await client.POST('/event-hooks', { body: { source: 'crud', event: 'consumers', handler: 'log' } });
const published = await client.POST('/events', { body: event });
if (hook.data === undefined || published.data === undefined || !('id' in published.data)) {
  throw new Error(JSON.stringify([hook.error, published.error]));
}
const { id } = published.data;
const deadline = Date.now() + 60_000;
for (;;) {
  const { data } = await client.GET('/deliveries', { params: { query: { event_id: id, hook: hook.data.id } } });
  if (data?.data[0]?.status === 'succeeded') break;
  if (Date.now() > deadline) throw new Error(JSON.stringify(data));
  await sleep(200);
}
