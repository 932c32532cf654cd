import { setTimeout as delay } from 'node:timers/promises';
import { callAdmin } from '../call-admin.ts';
import { nowMs } from '../clock.ts';
import { deliver } from '../deliver.ts';
import { findFreePort } from '../processes.ts';
import { mainGroup, type Phase } from '../receivers/receiver.ts';
import { runConcurrently } from '../run-concurrently.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { measureBeginToHang } from './begin-to-hang.ts';

const healthyHooks = 17;
const steady = { events: 300, perSecond: 30 };
const passes = 5;
const hours = 3_600_000;

/** The other three: one is never answered, one is answered 500 after 10 s, and no process listens at the third. */
const bad: Phase = { hangs: { events: 1, delayMs: 24 * hours }, fails: { events: 1, delayMs: 10_000, status: 500 } };
const good: Phase = { hangs: { events: 1 }, fails: { events: 1 } };
let troubled: string[] = [];

export const fairness: Scenario = {
  summary: `${healthyHooks} healthy hooks beside one that hangs, one that fails after 10 s and one that refuses; two workers`,
  stack: { mode: 'redis', workers: 2 },
  events: 1_000,
  rounds: 1,
  figures: {
    'healthy hooks keep of their rate': { unit: 'ratio', target: 0.9 },
    'healthy hooks keep of their p95': { unit: 'ratio', target: 0.9 },
    'healthy deliveries, without the bad ones': { unit: '/s' },
    'healthy deliveries, beside the bad ones': { unit: '/s' },
    'p95 of steady events, without the bad ones': { unit: 'ms' },
    'p95 of steady events, beside the bad ones': { unit: 'ms' },
    'endpoints back until their lines are empty': { unit: 'ms' },
    'worst half second before an endpoint begins to hang, p95': { unit: 'ms' },
    'worst half second after it began to hang, p95': { unit: 'ms', target: 100 },
  },
  async prepare(bench) {
    await createHooks(bench, mainGroup, healthyHooks);
    await measure(bench, good);
  },
  /** Without the bad ones first, since what fails is retried for hours. */
  async round(bench) {
    const well = await measure(bench, good);
    troubled = [
      ...(await createHooks(bench, 'hangs', 1)),
      ...(await createHooks(bench, 'fails', 1)),
      await createHook(bench, `http://127.0.0.1:${await findFreePort()}/`),
    ];
    const ill = await measure(bench, bad);
    await bench.receiver.expect(good);
    const recoveredInMs = await waitUntilDrained(bench, troubled.slice(0, 2));
    for (const id of troubled) await bench.publisher.deleteHook(id);
    const { beforeMs, afterMs } = await measureBeginToHang(bench);
    console.log(`p95 of each half second: ${printMs(beforeMs)}, then it hangs: ${printMs(afterMs)} ms`);
    return {
      'healthy hooks keep of their rate': ill.perSecond / well.perSecond,
      'healthy hooks keep of their p95': well.p95Ms / ill.p95Ms,
      'healthy deliveries, without the bad ones': well.perSecond,
      'healthy deliveries, beside the bad ones': ill.perSecond,
      'p95 of steady events, without the bad ones': well.p95Ms,
      'p95 of steady events, beside the bad ones': ill.p95Ms,
      'endpoints back until their lines are empty': recoveredInMs,
      'worst half second before an endpoint begins to hang, p95': Math.max(...beforeMs),
      'worst half second after it began to hang, p95': Math.max(...afterMs),
    };
  },
};

function createHook({ publisher }: Bench, url: string): Promise<string> {
  return publisher.createHook({ source: 'crud', event: 'consumers', handler: 'webhook', config: { url } });
}

async function createHooks(bench: Bench, group: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  await runConcurrently(count, 8, bench.signal, async (hook) => {
    ids.push(await createHook(bench, bench.receiver.urlOf(group, hook)));
  });
  return ids;
}

/** The middle rate of several bursts, and the middle p95 of as many stretches of evenly spaced events. */
async function measure(bench: Bench, phase: Phase): Promise<{ perSecond: number; p95Ms: number }> {
  const rates: number[] = [];
  const p95sMs: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    rates.push((await deliver(bench, { hooks: healthyHooks, phase })).deliveredPerSecond);
    await bench.stack.waitUntilDispatched(bench.signal);
    await bench.receiver.expect({ ...phase, [mainGroup]: { events: steady.events, hooks: healthyHooks } });
    await bench.publisher.publishSteadily(steady.events, steady.perSecond);
    p95sMs.push((await bench.receiver.waitFor(mainGroup)).latencyMs.p95);
  }
  return { perSecond: middleOf(rates), p95Ms: middleOf(p95sMs) };
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

interface Status {
  breaker: { state: string };
  due_since: string | null;
}

async function waitUntilDrained({ stack, signal }: Bench, hooks: readonly string[]): Promise<number> {
  const startedAtMs = nowMs();
  for (const id of hooks) {
    for (;;) {
      const { breaker, due_since } = await callAdmin<Status>(stack.adminUrl, 'GET', `/event-hooks/${id}/status`);
      if (breaker.state === 'closed' && due_since === null) break;
      signal.throwIfAborted();
      await delay(100);
    }
  }
  return nowMs() - startedAtMs;
}

function printMs(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(' ');
}
