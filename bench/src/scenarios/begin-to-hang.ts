import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Pool } from 'undici';
import { nowMs } from '../clock.ts';
import { runSteadily } from '../run-concurrently.ts';
import { makeData, source } from '../sample-event.ts';
import type { Bench } from '../scenario.ts';

/** Not those of the scenario's other hooks. */
const events = { healthy: 'services', turning: 'routes' };
/** Events of each of the two hooks. */
const perSecond = 300;
const sliceMs = 500;
/** Slices before the endpoint begins to hang, and after. The first two warm up and do not count. */
const slicesBefore = 6;
const slicesAfter = 8;
const slicesOfWarmUp = 2;

export interface HangFigures {
  /** The p95 of the healthy hook's latencies in each half second, by when its events were published. */
  beforeMs: number[];
  afterMs: number[];
}

/** Two hooks, each with events of its own. The endpoint of one answers well, and then begins to hang. */
export async function measureBeginToHang({ stack, publisher, signal }: Bench): Promise<HangFigures> {
  const receiver = await startReceiver();
  const hooks = [
    await publisher.createHook(hookOf(events.healthy, `${receiver.url}/healthy`)),
    await publisher.createHook(hookOf(events.turning, `${receiver.url}/turning`)),
  ];
  const startedAt = nowMs();
  const hangsAt = startedAt + slicesBefore * sliceMs;
  receiver.hangFrom(hangsAt);
  const count = (2 * perSecond * (slicesBefore + slicesAfter) * sliceMs) / 1_000;
  const pool = new Pool(stack.adminUrl, { connections: 64 });
  await runSteadily(count, 2 * perSecond, signal, (n) => publish(pool, n));
  await pool.close();
  await receiver.waitForHealthy(count / 2, signal);
  const slices = Array.from({ length: slicesBefore + slicesAfter }, (_, slice) =>
    p95Of(receiver.arrivals.filter(({ at }) => Math.floor((at - startedAt) / sliceMs) === slice)),
  );
  for (const hook of hooks) await publisher.deleteHook(hook);
  await receiver.close();
  return { beforeMs: slices.slice(slicesOfWarmUp, slicesBefore), afterMs: slices.slice(slicesBefore) };
}

function hookOf(event: string, url: string): Record<string, unknown> {
  return { source, event, handler: 'webhook', config: { url }, retry: { schedule: [] }, timeout: 60_000 };
}

async function publish(pool: Pool, n: number): Promise<void> {
  const event = n % 2 === 0 ? events.healthy : events.turning;
  const { statusCode, body } = await pool.request({
    path: '/events',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source, event, data: makeData(n) }),
  });
  if (statusCode !== 202) throw new Error(`the event was answered ${statusCode}: ${await body.text()}`);
  await body.dump();
}

interface Arrival {
  /** When its event was published. */
  at: number;
  latencyMs: number;
}

function p95Of(arrivals: readonly Arrival[]): number {
  const sorted = arrivals.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}

async function startReceiver() {
  const arrivals: Arrival[] = [];
  let hangsAt = Number.POSITIVE_INFINITY;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = Number(/"at":"?([\d.]+)/.exec(Buffer.concat(chunks).toString())?.[1]);
      // A ping has no such field.
      if (request.url === '/healthy' && at > 0) arrivals.push({ at, latencyMs: nowMs() - at });
      if (request.url === '/healthy' || nowMs() < hangsAt) response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    arrivals,
    hangFrom(atMs: number) {
      hangsAt = atMs;
    },
    async waitForHealthy(count: number, signal: AbortSignal) {
      while (arrivals.length < count) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
