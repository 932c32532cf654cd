import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { nowMs } from './clock.ts';
import type { Received } from './receiver.ts';

/** Buckets of 1 % width up to ten minutes: the histogram's size does not depend on how much it counts. */
const bounds = { lowest: 1, highest: 600_000_000, figures: 2 } as const;

interface Phase {
  seen: Uint8Array;
  distinct: number;
  repeats: number;
  lastAtMs: number;
  latencyUs: RecordableHistogram;
}

let phase = startPhase(0);

/** POST / takes a delivery; POST /reset?events=n starts a phase; GET /stats tells what it received. */
createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://receiver');
  if (url.pathname === '/') return receive(request, response);
  if (url.pathname === '/reset') phase = startPhase(Number(url.searchParams.get('events')));
  response.end(JSON.stringify(report(phase)));
}).listen(Number(process.argv[2]), '127.0.0.1');

process.once('SIGTERM', () => process.exit(0));

function startPhase(events: number): Phase {
  const latencyUs = createHistogram(bounds);
  return { seen: new Uint8Array(events), distinct: 0, repeats: 0, lastAtMs: 0, latencyUs };
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    count(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.end();
  });
}

function count({ n, at }: { n?: number; at?: number }): void {
  // The ping that a new webhook gets.
  if (n === undefined || at === undefined) return;
  if (phase.seen[n] === 0) phase.distinct += 1;
  else phase.repeats += 1;
  phase.seen[n] = 1;
  phase.lastAtMs = nowMs();
  phase.latencyUs.record(Math.max(1, Math.round((phase.lastAtMs - at) * 1_000)));
}

function report({ distinct, repeats, lastAtMs, latencyUs }: Phase): Received {
  const percentileMs = (percentile: number) => (distinct === 0 ? 0 : latencyUs.percentile(percentile) / 1_000);
  return {
    distinct,
    repeats,
    lastAtMs,
    latencyMs: { p50: percentileMs(50), p95: percentileMs(95), p99: percentileMs(99) },
  };
}
