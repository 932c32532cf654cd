import { once } from 'node:events';
import { createServer } from 'node:http';
import { convoy } from './convoy.ts';
import { type MakeDispatcher, openJsonApi } from './dispatcher.ts';
import { eventhooks } from './eventhooks.ts';
import { outpost } from './outpost.ts';
import { svix } from './svix.ts';

/** The recorded requests of a server that answers as the documents of each product show. The products themselves did not run. */
async function record(make: MakeDispatcher, answer: unknown): Promise<string[]> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      response.writeHead(201).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const api = openJsonApi(`http://127.0.0.1:${port}`, 'T');
  try {
    const dispatcher = make({ api, project: 'p1', run: 'r1' });
    await dispatcher.createEndpoint('http://receiver/');
    await dispatcher.publish({ n: 1 });
    return seen;
  } finally {
    await api.close();
    server.close();
  }
}

test('each adapter sends what its product documents', async () => {
  expect(await record(eventhooks, { id: 'h1' })).toEqual([
    'PUT /event-hooks/sources/bench-r1/event Bearer T {}',
    'POST /event-hooks Bearer T {"source":"bench-r1","event":"event","handler":"webhook","config":{"url":"http://receiver/"}}',
    'POST /events Bearer T {"source":"bench-r1","event":"event","data":{"n":1}}',
  ]);
  expect(await record(svix, { id: 'app_1' })).toEqual([
    'POST /api/v1/app/ Bearer T {"name":"bench"}',
    'POST /api/v1/app/app_1/endpoint/ Bearer T {"url":"http://receiver/"}',
    'POST /api/v1/app/app_1/msg/ Bearer T {"eventType":"bench.event","payload":{"n":1}}',
  ]);
  expect(await record(outpost, { id: 'd1' })).toEqual([
    'PUT /api/v1/tenants/bench-r1 Bearer T {}',
    'POST /api/v1/tenants/bench-r1/destinations Bearer T {"type":"webhook","topics":["*"],"config":{"url":"http://receiver/"}}',
    'POST /api/v1/publish Bearer T {"tenant_id":"bench-r1","topic":"bench.event","eligible_for_retry":true,"data":{"n":1}}',
  ]);
  const [endpoint, ...others] = await record(convoy, { status: true, data: { uid: 'e1' } });
  expect(endpoint).toMatch(
    /^POST \/api\/v1\/projects\/p1\/endpoints Bearer T {"name":"bench-\d+","url":"http:\/\/receiver\/"}$/,
  );
  expect(others).toEqual([
    'POST /api/v1/projects/p1/subscriptions Bearer T {"name":"bench","endpoint_id":"e1"}',
    'POST /api/v1/projects/p1/events Bearer T {"endpoint_id":"e1","event_type":"bench.event","data":{"n":1}}',
  ]);
});
