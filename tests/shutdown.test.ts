import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import {
  countArrivals,
  type Installation,
  numberedEvents,
  publishNumbered,
  startInstallation,
} from './installation.ts';
import { type Receiver, redisUrl, startReceiver, uniquePrefix, waitFor } from './support/index.ts';

const prefix = uniquePrefix();
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

async function start(workers: number): Promise<Installation> {
  return startInstallation({ workers, redis: { url: redisUrl(), prefix: `{${prefix}}` } });
}

function createWebhook(installation: Installation, path: string, settings: object = {}): Promise<string> {
  const hook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: `${receiver.url}${path}` } };
  return installation.createHook({ ...hook, ...settings });
}

const arrivalsAt = (path: string) => receiver.requests.filter(({ url }) => url === path);

test('a worker that stops with hanging receivers hands their deliveries to others at once, and repeats nothing else', async () => {
  await using installation = await start(1);
  await createWebhook(installation, '/answers');
  // The lease of such a delivery lasts two and a half minutes.
  const hanging = await createWebhook(installation, '/hangs', { timeout: 120_000 });
  receiver.answerWith(({ url }) => (url === '/hangs' ? 'hang' : { delayMs: 5 }));
  await publishNumbered(installation, 100);
  await waitFor(() => arrivalsAt('/hangs').length === 100 && arrivalsAt('/answers').length === 100);

  const stopped = installation.workers[0]?.stop();
  await waitFor(async () => {
    const ready = await fetch(`${installation.workers[0]?.url}/readyz`);
    return ready.status === 503 && ((await ready.json()) as { status: string }).status === 'stopping';
  });
  expect(await stopped).toEqual({ code: 0, signal: null });
  receiver.answerWith(() => ({}));
  await installation.addWorker();
  await waitFor(
    async () => {
      const [row] = await installation.query<{ count: number }>(
        "SELECT count(*)::int FROM deliveries WHERE hook_id = $1 AND status = 'succeeded'",
        [hanging],
      );
      return row?.count === 100;
    },
    { timeoutMs: 60_000 },
  );
  // Hanging deliveries arrived twice: from the worker that stopped, and from the other one. Answered ones are not sent again.
  expect([...countArrivals(arrivalsAt('/hangs')).values()].every((count) => count === 2)).toBe(true);
  expect(arrivalsAt('/answers')).toHaveLength(100);
}, 180_000);

test('a batch that fans out far is handed back between two chunks', async () => {
  await using installation = await start(1);
  for (let index = 0; index < 10; index += 1) await createWebhook(installation, '/fan');
  receiver.answerWith(() => ({ delayMs: 50 }));
  await publishNumbered(installation, 300);
  await waitFor(() => receiver.requests.length > 300);
  expect(await installation.workers[0]?.stop()).toEqual({ code: 0, signal: null });
  receiver.answerWith(() => ({}));
  await installation.addWorker();
  await waitFor(
    async () => {
      const [row] = await installation.query<{ count: number }>(
        "SELECT count(*)::int FROM deliveries WHERE status = 'succeeded'",
      );
      return row?.count === 3_000;
    },
    { timeoutMs: 90_000 },
  );
  await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0);
  expect(receiver.requests).toHaveLength(3_000);
}, 180_000);

/** A request whose last bytes are held back: to the server it is under way. */
async function beginRequest(url: string, path: string, body?: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const ended = once(socket, 'close');
  const head = `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n`;
  socket.write(
    body === undefined
      ? head
      : `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, -1)}`,
  );
  return async (): Promise<string> => {
    socket.write(body === undefined ? '\r\n' : body.slice(-1));
    await ended;
    return answer;
  };
}

test('an admin that stops says so on /readyz, and accepts the events that were on their way', async () => {
  await using installation = await start(0);
  const { url } = installation.admin;
  const askReady = await beginRequest(url, '/readyz');
  const [event] = numberedEvents(1);
  const publish = await beginRequest(url, '/events', JSON.stringify(event));
  const stopped = installation.admin.stop();
  // Either a 503 or a refused connection shows that the admin got the signal.
  await waitFor(() =>
    fetch(`${url}/readyz`).then(
      (response) => response.status === 503,
      () => true,
    ),
  );
  const [ready, published] = await Promise.all([askReady(), publish()]);
  expect(ready).toMatch(/^HTTP\/1\.1 503 .*"status":"stopping"/s);
  expect(published).toMatch(/^HTTP\/1\.1 202 /);
  expect(await stopped).toEqual({ code: 0, signal: null });
  expect(await installation.query("SELECT FROM events WHERE event = 'consumers'")).toHaveLength(1);
}, 60_000);

test('F48 an admin keeps idle connections longer than balancers do', async () => {
  await using installation = await start(0);
  const response = await fetch(`${installation.admin.url}/healthz`);
  expect(response.headers.get('keep-alive')).toBe('timeout=75');
}, 60_000);

test('F49 an admin that stops under load on kept connections cuts no request, and ends in time', async () => {
  await using installation = await start(0);
  const agent = new Agent({ keepAlive: true, maxSockets: 10 });
  const published: number[] = [];
  const faults: string[] = [];
  let refused = false;
  const publish = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const [event] = numberedEvents(1);
      const body = JSON.stringify({ ...event, id: `load-${index}` });
      const sent = request(`${installation.admin.url}/events`, {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      });
      sent.on('response', (response) => {
        if (response.statusCode === 202) published.push(index);
        else faults.push(`status ${response.statusCode}`);
        response.resume().once('end', resolve);
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // When nothing listens any more, the kernel refuses or resets a new connection before the admin sees it.
        if (sent.reusedSocket) faults.push(error.code ?? error.message);
        else refused ||= error.code === 'ECONNREFUSED';
        resolve();
      });
      sent.end(body);
    });
  let next = 0;
  const loop = async (): Promise<void> => {
    while (!refused && faults.length === 0) {
      next += 1;
      await publish(next);
    }
  };
  const loops = Promise.all(Array.from({ length: 10 }, loop));
  await waitFor(() => published.length > 100);
  const startedAt = performance.now();
  expect(await installation.admin.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await loops;
  agent.destroy();
  expect(faults).toEqual([]);
  // Every committed event was answered.
  const [row] = await installation.query<{ count: number }>(
    "SELECT count(*)::int FROM events WHERE event = 'consumers'",
  );
  expect(row?.count).toBe(published.length);
}, 60_000);
