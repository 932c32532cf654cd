import { setTimeout as delay } from 'node:timers/promises';
import { callAdmin } from '../call-admin.ts';
import { nowMs } from '../clock.ts';
import { createMainHook, deliver, mostMemoryMiB } from '../deliver.ts';
import { mainGroup } from '../receivers/receiver.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { startSampling } from '../usage-sampler.ts';

const passes = 5;
const liveEvents = 10_000;

interface Replay {
  id: string;
  status: string;
  total: number;
  done: number;
}

export const replay: Scenario = {
  summary: 'deliveries of one hook replayed beside live traffic of another, then once more and cancelled',
  stack: { mode: 'redis', workers: 1 },
  events: 50_000,
  rounds: 1,
  figures: {
    'live traffic keeps': { unit: 'ratio', target: 0.7 },
    'live deliveries, alone': { unit: '/s' },
    'live deliveries, beside the replay': { unit: '/s' },
    'replayed, beside live traffic and after it': { unit: '/s' },
    'handed over after a cancellation': { unit: '/s' },
    'memory of the worker': { unit: 'MiB', target: 250 },
  },
  async prepare(bench) {
    await bench.receiver.expect({ [mainGroup]: { events: 2_000 } });
  },
  async round(bench) {
    const past = await deliverPast(bench);
    const live = await createMainHook(bench);
    const alone = await measureLive(bench);
    const sampler = await startSampling(bench.stack.pids());
    const startedAtMs = nowMs();
    const { id, total } = await callAdmin<Replay>(bench.stack.adminUrl, 'POST', `/event-hooks/${past}/replay`, {
      status: 'succeeded',
    });
    if (total !== bench.events) throw new Error(`${total} of ${bench.events} deliveries would be replayed`);
    const beside = await measureLive(bench);
    const duringLive = await readReplay(bench, id);
    if (duringLive.status !== 'running') throw new Error('the replay ended before the live traffic: use more --events');
    await waitUntilEnded(bench, id);
    const replayedPerSecond = (total * 1_000) / (nowMs() - startedAtMs);
    const usage = await sampler.stop();
    const afterCancelling = await cancelAnother(bench, past);
    await bench.publisher.deleteHook(live);
    await bench.publisher.deleteHook(past);
    return {
      'live traffic keeps': beside / alone,
      'live deliveries, alone': alone,
      'live deliveries, beside the replay': beside,
      'replayed, beside live traffic and after it': replayedPerSecond,
      'handed over after a cancellation': afterCancelling,
      'memory of the worker': mostMemoryMiB(usage, 'worker'),
    };
  },
};

/** Delivers the events to a hook that matches no further ones. @returns the hook's id */
async function deliverPast(bench: Bench): Promise<string> {
  const hook = await createMainHook(bench);
  await deliver(bench);
  await bench.stack.waitUntilDispatched(bench.signal);
  const config = { url: bench.receiver.urlOf('past') };
  await callAdmin(bench.stack.adminUrl, 'PATCH', `/event-hooks/${hook}`, { event: 'routes', config });
  return hook;
}

async function measureLive(bench: Bench): Promise<number> {
  const rates: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    rates.push((await deliver(bench, { events: liveEvents })).deliveredPerSecond);
  }
  return rates.toSorted((a, b) => a - b)[Math.floor(passes / 2)] ?? 0;
}

function readReplay({ stack }: Bench, id: string): Promise<Replay> {
  return callAdmin(stack.adminUrl, 'GET', `/replays/${id}`);
}

async function waitUntilEnded(bench: Bench, id: string): Promise<void> {
  while ((await readReplay(bench, id)).status === 'running') {
    bench.signal.throwIfAborted();
    await delay(100);
  }
}

/** @returns deliveries fed per second, within the two seconds after the answer to the cancellation */
async function cancelAnother(bench: Bench, hook: string): Promise<number> {
  const { id } = await callAdmin<Replay>(bench.stack.adminUrl, 'POST', `/event-hooks/${hook}/replay`, {
    status: 'succeeded',
  });
  while ((await readReplay(bench, id)).done === 0) await delay(50, undefined, { signal: bench.signal });
  await callAdmin(bench.stack.adminUrl, 'DELETE', `/replays/${id}`);
  const before = await readReplay(bench, id);
  if (before.status !== 'cancelled') throw new Error(`the cancelled replay is ${before.status}`);
  const watchedSeconds = 2;
  await delay(watchedSeconds * 1_000, undefined, { signal: bench.signal });
  return ((await readReplay(bench, id)).done - before.done) / watchedSeconds;
}
