import { createMainHook, deliver } from '../deliver.ts';
import { readUsage } from '../process-usage.ts';
import { mainGroup } from '../receivers/receiver.ts';
import { runSteadily } from '../run-concurrently.ts';
import type { Bench, Scenario } from '../scenario.ts';

const requestsPerSecond = 50;
const eventsPerRequest = 10;
const minutes = 15;
const warmUpShare = 1 / 5;

export const soak: Scenario = {
  summary: `${requestsPerSecond * eventsPerRequest} events a second for ${minutes} minutes: whether memory grows`,
  stack: { mode: 'redis', workers: 1 },
  events: requestsPerSecond * eventsPerRequest * 60 * minutes,
  rounds: 1,
  figures: {
    'worker after a fifth': { unit: 'MiB' },
    'worker at the end': { unit: 'MiB' },
    'worker at most': { unit: 'MiB', target: 250 },
    'admin after a fifth': { unit: 'MiB' },
    'admin at the end': { unit: 'MiB' },
    'admin at most': { unit: 'MiB' },
    'p99 of all': { unit: 'ms' },
  },
  async prepare(bench) {
    await createMainHook(bench);
    await deliver(bench, { events: 10_000 });
  },
  async round(bench) {
    await bench.receiver.expect({ [mainGroup]: { events: bench.events } });
    const samples: { admin: number; worker: number }[] = [];
    const sampleEvery = Math.max(requestsPerSecond, Math.ceil(bench.events / eventsPerRequest / 100));
    await runSteadily(bench.events / eventsPerRequest, requestsPerSecond, bench.signal, async (request) => {
      if (request % sampleEvery === 0) samples.push(await readMemory(bench));
      await bench.publisher.publishRange(request * eventsPerRequest, eventsPerRequest);
    });
    const { latencyMs } = await bench.receiver.waitFor(mainGroup);
    samples.push(await readMemory(bench));
    const early = samples[Math.floor(samples.length * warmUpShare)];
    const last = samples.at(-1);
    if (!early || !last) throw new Error('a soak has samples');
    return {
      'worker after a fifth': early.worker,
      'worker at the end': last.worker,
      'worker at most': Math.max(...samples.map(({ worker }) => worker)),
      'admin after a fifth': early.admin,
      'admin at the end': last.admin,
      'admin at most': Math.max(...samples.map(({ admin }) => admin)),
      'p99 of all': latencyMs.p99,
    };
  },
};

async function readMemory({ stack }: Bench): Promise<{ admin: number; worker: number }> {
  const pids = stack.pids();
  const [admin, worker] = await readUsage([pids.get('admin') ?? 0, pids.get('worker 1') ?? 0]);
  return { admin: admin?.memoryMiB ?? 0, worker: worker?.memoryMiB ?? 0 };
}
