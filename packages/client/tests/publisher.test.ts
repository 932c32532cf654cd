import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Installation, startInstallation } from '../../../tests/installation.ts';
import { waitFor } from '../../../tests/support/index.ts';
import { createPublisher, PublishError, PublishManyError } from '../src/index.ts';
import { sendBatch } from '../src/publisher/send-batch.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation({ workers: 0 });
}, 120_000);
afterAll(() => installation[Symbol.asyncDispose]());

const consumer = (n: number) => ({ source: 'crud', event: 'consumers', data: { n } });

/** Stands between publisher and server, and decides what becomes of each request. */
async function startProxy(
  handle: (index: number, forward: () => Promise<Response>, response: ServerResponse, body: string) => Promise<void>,
) {
  let index = 0;
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await readText(request);
    bodies.push(body);
    const { 'content-type': type = '' } = request.headers;
    const forward = () =>
      fetch(installation.admin.url + request.url, { method: 'POST', body, headers: { 'content-type': type } });
    const mine = index;
    index += 1;
    await handle(mine, forward, response, body).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function pass(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}

async function countEvents(marker: string): Promise<number> {
  const [row] = await installation.query<{ count: string }>(
    `SELECT count(*) FROM events WHERE data::text LIKE '%' || $1 || '%'`,
    [marker],
  );
  return Number(row?.count);
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('nothing failed');
    },
    (error: unknown) => error,
  );
}

test('a published event is committed when the promise is fulfilled', async () => {
  await using publisher = createPublisher({ url: installation.admin.url });
  const { id, duplicate } = await publisher.publish(consumer(1));
  expect(duplicate).toBe(false);
  expect((await installation.call('GET', `/events/${id}`)).body).toMatchObject({ source: 'crud', data: { n: 1 } });
});

test('the same source and id is a duplicate with the same event', async () => {
  await using publisher = createPublisher({ url: installation.admin.url });
  const first = await publisher.publish({ ...consumer(1), id: 'order-1' });
  expect(await publisher.publish({ ...consumer(2), id: 'order-1' })).toEqual({ id: first.id, duplicate: true });
});

test('events of the same moment share a request', async () => {
  await using proxy = await startProxy(async (_, forward, response) => pass(await forward(), response));
  await using publisher = createPublisher({ url: proxy.url });
  await Promise.all(Array.from({ length: 250 }, (_, n) => publisher.publish(consumer(n))));
  expect(proxy.bodies).toHaveLength(1);
});

test('a batch is no larger than asked', async () => {
  await using proxy = await startProxy(async (_, forward, response) => pass(await forward(), response));
  await using publisher = createPublisher({ url: proxy.url, maxBatchEvents: 10 });
  await publisher.publishMany(Array.from({ length: 35 }, (_, n) => consumer(n)));
  expect(proxy.bodies.map((body) => body.split('\n').length).sort()).toEqual([10, 10, 10, 5].sort());
});

test('an answer that is lost does not double the events', async () => {
  await using proxy = await startProxy(async (index, forward, response) => {
    const answer = await forward();
    if (index < 2) response.destroy();
    else await pass(answer, response);
  });
  await using publisher = createPublisher({ url: proxy.url });
  const marker = 'lost-answer';
  const receipts = await publisher.publishMany(
    [1, 2, 3].map((n) => ({ source: 'crud', event: 'consumers', data: { n, marker } })),
  );
  expect(proxy.bodies).toHaveLength(3);
  expect(receipts.map(({ duplicate }) => duplicate)).toEqual([true, true, true]);
  expect(await countEvents(marker)).toBe(3);
});

test('503 and cut connections are tried again, and Retry-After is honoured', async () => {
  const startedAt = performance.now();
  await using proxy = await startProxy(async (index, forward, response) => {
    if (index === 0) response.writeHead(503, { 'retry-after': '1' }).end('{"message":"away"}');
    else if (index === 1) response.destroy();
    else await pass(await forward(), response);
  });
  await using publisher = createPublisher({ url: proxy.url });
  await publisher.publish(consumer(1));
  expect(proxy.bodies).toHaveLength(3);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
});

test('a Retry-After holds back every request of the publisher, not only the one that it answered', async () => {
  const sentAt: number[] = [];
  await using proxy = await startProxy(async (index, forward, response) => {
    sentAt.push(performance.now());
    if (index === 0) response.writeHead(429, { 'retry-after': '2' }).end('{"message":"slowly"}');
    else await pass(await forward(), response);
  });
  const url = `${proxy.url}/events`;
  const target = { url, token: null, requestTimeoutMs: 10_000, retryForMs: 60_000, pausedUntilMs: 0 };
  const send = (id: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const json = JSON.stringify({ ...consumer(1), id });
    void sendBatch([{ id, json, bytes: json.length, resolve, reject }], target, new AbortController().signal);
    return promise;
  };
  const first = send('paused-1');
  await waitFor(() => target.pausedUntilMs > 0, { what: 'the pause' });
  await Promise.all([first, send('paused-2')]);
  expect(sentAt).toHaveLength(3);
  expect(Math.min(...sentAt.slice(1)) - (sentAt[0] ?? 0)).toBeGreaterThan(1_900);
});

test('a faulty event fails alone, with its faults; the others of its batch are published', async () => {
  await using publisher = createPublisher({ url: installation.admin.url });
  const error = await failure(
    publisher.publishMany([consumer(1), { source: 'crud', event: 'consumrs', data: {} }, consumer(3)]),
  );
  if (!(error instanceof PublishManyError)) throw error;
  expect(error.outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
  const [, refused] = error.outcomes;
  if (refused === undefined || refused.ok) throw new Error('expected a failure');
  expect(refused.error).toMatchObject({
    kind: 'invalid',
    faults: [{ field: 'event', message: expect.stringContaining("did you mean 'consumers'?") }],
  });
});

test('a body that is too large is halved until it fits', async () => {
  await using proxy = await startProxy(async (_, forward, response, body) => {
    if (body.length > 600) response.writeHead(413).end('{"message":"too large"}');
    else await pass(await forward(), response);
  });
  await using publisher = createPublisher({ url: proxy.url });
  const receipts = await publisher.publishMany(Array.from({ length: 20 }, (_, n) => consumer(n)));
  expect(new Set(receipts.map(({ id }) => id)).size).toBe(20);
  expect(proxy.bodies.length).toBeGreaterThan(3);
});

test('what nobody answers fails as unavailable, with the id that makes another try safe', async () => {
  await using proxy = await startProxy(async (_, _forward, response) => {
    response.destroy();
  });
  await using publisher = createPublisher({ url: proxy.url, retryForMs: 300 });
  const error = await failure(publisher.publish({ ...consumer(1), id: 'mine' }));
  expect(error).toBeInstanceOf(PublishError);
  expect(error).toMatchObject({ kind: 'unavailable', id: 'mine' });
  expect(proxy.bodies.length).toBeGreaterThan(1);
});

test('a redirect and an answer of something else promise nothing', async () => {
  await using proxy = await startProxy(async (index, _forward, response) => {
    if (index % 2 === 0) response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    else response.writeHead(200).end('<html>a proxy greets</html>');
  });
  await using publisher = createPublisher({ url: proxy.url, retryForMs: 300 });
  expect(await failure(publisher.publish(consumer(1)))).toMatchObject({ kind: 'unavailable' });
});

test('a full queue refuses, and ready() tells when there is room', async () => {
  const gate = Promise.withResolvers<void>();
  await using proxy = await startProxy(async (_, forward, response) => {
    await gate.promise;
    await pass(await forward(), response);
  });
  await using publisher = createPublisher({ url: proxy.url, maxQueuedEvents: 3, maxRequests: 1 });
  const accepted = [1, 2, 3].map((n) => publisher.publish(consumer(n)));
  expect(await failure(publisher.publish(consumer(4)))).toMatchObject({ kind: 'queue_full' });
  let isReady = false;
  const ready = publisher.ready().then(() => {
    isReady = true;
  });
  await waitFor(() => proxy.bodies.length === 1);
  expect(isReady).toBe(false);
  gate.resolve();
  await ready;
  await Promise.all(accepted);
  await publisher.publish(consumer(4));
});

test('publishMany takes no more from its iterable than there is room for', async () => {
  let taken = 0;
  let answered = 0;
  let mostAhead = 0;
  async function* source() {
    for (let n = 0; n < 200; n += 1) {
      taken += 1;
      mostAhead = Math.max(mostAhead, taken - answered);
      yield consumer(n);
    }
  }
  await using proxy = await startProxy(async (_, forward, response, body) => {
    const answer = await forward();
    answered += body.split('\n').length;
    await pass(answer, response);
  });
  await using publisher = createPublisher({ url: proxy.url, maxQueuedEvents: 20, maxBatchEvents: 10 });
  expect(await publisher.publishMany(source())).toHaveLength(200);
  expect(mostAhead).toBeLessThanOrEqual(21);
});

test('close sends what waits; afterwards nothing is taken', async () => {
  const publisher = createPublisher({ url: installation.admin.url, lingerMs: 60_000 });
  const published = publisher.publish({ source: 'crud', event: 'consumers', data: { marker: 'closing' } });
  await publisher.close();
  await published;
  expect(await countEvents('closing')).toBe(1);
  expect(await failure(publisher.publish(consumer(1)))).toMatchObject({ kind: 'closed' });
});

test('close does not wait longer than it may', async () => {
  await using proxy = await startProxy(async () => undefined);
  const publisher = createPublisher({ url: proxy.url });
  const published = failure(publisher.publish(consumer(1)));
  await publisher.close({ timeoutMs: 100 });
  expect(await published).toMatchObject({ kind: 'closed' });
});

test('a wrong token is told at once', async () => {
  await using proxy = await startProxy(async (_, _forward, response) => {
    response.writeHead(401).end('{"message":"Invalid credentials"}');
  });
  await using publisher = createPublisher({ url: proxy.url, token: 'wrong' });
  expect(await failure(publisher.publish(consumer(1)))).toMatchObject({
    kind: 'unauthorized',
    message: expect.stringContaining('Invalid credentials'),
  });
  expect(proxy.bodies).toHaveLength(1);
});
