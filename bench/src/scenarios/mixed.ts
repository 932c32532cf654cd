import { deliver } from '../deliver.ts';
import { mainGroup, type Phase } from '../receivers/receiver.ts';
import { runConcurrently } from '../run-concurrently.ts';
import type { Bench, Scenario } from '../scenario.ts';

const healthyHooks = 85;
const slowHooks = 10;
const failingHooks = 5;
const slowMs = 3_000;

/** The receiver's behaviour at unhealthy hooks; `main` is the group of healthy ones. */
const bad = { slow: { hooks: slowHooks, delayMs: slowMs }, failing: { hooks: failingHooks, status: 500 } };
const good = { slow: { hooks: slowHooks }, failing: { hooks: failingHooks } };

export const mixed: Scenario = {
  summary: `100 hooks of one source, ${slowHooks} that take ${slowMs / 1_000} s and ${failingHooks} that fail: what the others notice`,
  stack: { mode: 'redis', workers: 1 },
  events: 300,
  rounds: 1,
  figures: {
    'healthy hooks keep': { unit: 'ratio', target: 0.9 },
    'healthy deliveries, all well': { unit: '/s' },
    'healthy deliveries, some slow, some failing': { unit: '/s' },
    'p99 of the healthy, all well': { unit: 'ms' },
    'p99 of the healthy, some slow, some failing': { unit: 'ms' },
  },
  async prepare(bench) {
    await createHooks(bench, mainGroup, healthyHooks);
    await createHooks(bench, 'slow', slowHooks);
    await createHooks(bench, 'failing', failingHooks);
    await measure(bench, good, 50);
  },
  /** All well comes first, several times: what fails is retried for hours. */
  async round(bench) {
    const wells = [];
    for (let pass = 0; pass < 3; pass += 1) wells.push(await measure(bench, good, bench.events));
    const ills = [];
    for (let pass = 0; pass < 3; pass += 1) ills.push(await measure(bench, bad, bench.events));
    const [, well] = wells.sort((a, b) => a.deliveredPerSecond - b.deliveredPerSecond);
    const [, ill] = ills.sort((a, b) => a.deliveredPerSecond - b.deliveredPerSecond);
    if (!well || !ill) throw new Error('three passes have a middle');
    return {
      'healthy hooks keep': ill.deliveredPerSecond / well.deliveredPerSecond,
      'healthy deliveries, all well': well.deliveredPerSecond,
      'healthy deliveries, some slow, some failing': ill.deliveredPerSecond,
      'p99 of the healthy, all well': well.report.latencyMs.p99,
      'p99 of the healthy, some slow, some failing': ill.report.latencyMs.p99,
    };
  },
};

async function createHooks(bench: Bench, group: string, count: number): Promise<void> {
  await runConcurrently(count, 8, bench.signal, async (hook) => {
    const config = { url: bench.receiver.urlOf(group, hook) };
    await bench.publisher.createHook({ source: 'crud', event: 'consumers', handler: 'webhook', config });
  });
}

async function measure(bench: Bench, others: (typeof good & typeof bad) | typeof good, events: number) {
  const phase: Phase = { slow: { ...others.slow, events }, failing: { ...others.failing, events } };
  const delivered = await deliver(bench, { events, hooks: healthyHooks, phase });
  if (others === good) for (const group of Object.keys(phase)) await bench.receiver.waitFor(group);
  return delivered;
}
