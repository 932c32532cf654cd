/**
 * The receiver's process, for benchmarks and for `infra/smoke/compose.sh`. It serves HTTP/1.1 on bare sockets because it runs
 * on the cores that are measured: this takes about a quarter of the CPU that `node:http` does.
 *
 * Every request must be a POST with a content length, to `/<group>/<hook>`. The `n` of its body, or of each event of a batch, tells events apart; its `at` is the
 * time of publishing, and without it no latency is counted. Arguments: the port for deliveries, the port for control
 * (`receiver.ts`), the address for deliveries.
 */
import { createServer as createControl } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { nowMs } from '../clock.ts';
import type { Behaviour, GroupReport, Phase } from './receiver.ts';

/** Buckets of 1 % width up to an hour: the histogram's size does not depend on the number of arrivals. */
const bounds = { lowest: 1, highest: 3_600_000_000, figures: 2 } as const;
const progressSteps = 100;
const mostMissing = 5;

interface Group {
  expected: number;
  first: number;
  hooks: number;
  behaviour: Behaviour;
  seen: Uint8Array;
  arrivals: number;
  distinct: number;
  lastAtMs: number;
  /** When each hundredth of the expected arrivals was there. */
  progressAtMs: number[];
  latencyUs: RecordableHistogram;
}

let groups = new Map<string, Group>();

createServer((socket) => {
  let buffered: Buffer | null = null;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    buffered = takeRequests(buffered === null ? chunk : Buffer.concat([buffered, chunk]), socket);
  });
}).listen(Number(process.argv[2]), process.argv[4], 4_096);

createControl((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method === 'POST') groups = startPhase(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    response.end(JSON.stringify(Object.fromEntries([...groups].map(([name, group]) => [name, report(group)]))));
  });
}).listen(Number(process.argv[3]), '127.0.0.1');

process.once('SIGTERM', () => process.exit(0));

function startPhase(phase: Phase): Map<string, Group> {
  return new Map(
    Object.entries(phase).map(([name, { events, first = 0, hooks = 1, delayMs = 0, status = 200 }]) => [
      name,
      {
        expected: events * hooks,
        first,
        hooks,
        behaviour: { delayMs, status },
        seen: new Uint8Array(events * hooks),
        arrivals: 0,
        distinct: 0,
        lastAtMs: 0,
        progressAtMs: [],
        latencyUs: createHistogram(bounds),
      },
    ]),
  );
}

/** Answers every whole request in `bytes`. @returns the rest, null when there is none */
function takeRequests(bytes: Buffer, socket: Socket): Buffer | null {
  let start = 0;
  for (;;) {
    const headEnd = bytes.indexOf('\r\n\r\n', start);
    if (headEnd === -1) break;
    const head = bytes.toString('latin1', start, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (bytes.length < end) break;
    answer(head.slice(5, head.indexOf(' ', 5)), bytes.toString('latin1', headEnd + 4, end), socket);
    start = end;
  }
  return start === bytes.length ? null : bytes.subarray(start);
}

function answer(path: string, body: string, socket: Socket): void {
  const [, name = '', hook = '0'] = path.split('/');
  const group = groups.get(name);
  const { delayMs, status } = group?.behaviour ?? { delayMs: 0, status: 200 };
  if (group !== undefined) count(group, Number(hook), body);
  const respond = () => socket.write(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n\r\n`);
  if (delayMs === 0) respond();
  else setTimeout(respond, delayMs);
}

/** A body without `n` is the ping that a new webhook gets. A batch has one for each of its events. */
function count(group: Group, hook: number, body: string): void {
  const times = body.matchAll(/"at":"?([\d.]+)/g);
  for (const [, n] of body.matchAll(/"n":"?(\d+)/g))
    countEvent(group, (Number(n) - group.first) * group.hooks + hook, times.next().value?.[1]);
}

function countEvent(group: Group, place: number, at: string | undefined): void {
  const now = nowMs();
  group.arrivals += 1;
  if (group.seen[place] !== 0) return;
  group.seen[place] = 1;
  group.distinct += 1;
  group.lastAtMs = now;
  const step = Math.floor((group.distinct * progressSteps) / group.expected);
  while (group.progressAtMs.length < step) group.progressAtMs.push(now);
  if (at !== undefined) group.latencyUs.record(Math.max(1, Math.round((now - Number(at)) * 1_000)));
}

function report({ arrivals, distinct, lastAtMs, progressAtMs, latencyUs, seen, first, hooks }: Group): GroupReport {
  const percentileMs = (percentile: number) => (latencyUs.count === 0 ? 0 : latencyUs.percentile(percentile) / 1_000);
  const latencyMs = { p50: percentileMs(50), p95: percentileMs(95), p99: percentileMs(99) };
  const missing: number[] = [];
  for (let place = seen.indexOf(0); place !== -1 && missing.length < mostMissing; place = seen.indexOf(0, place + 1))
    missing.push(first + Math.floor(place / hooks));
  return { distinct, repeats: arrivals - distinct, missing, lastAtMs, progressAtMs, latencyMs };
}
