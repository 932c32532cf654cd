/**
 * Measures any dispatcher that runs already, by its public API: the same events, the same receiver, one by one, for that is what
 * all of them take. Durability is the operator's to set alike.
 */
import { parseArgs } from 'node:util';
import { nowMs } from '../clock.ts';
import { measureUndici } from '../limits.ts';
import { createProcessGroup } from '../processes.ts';
import { mainGroup, startReceiver } from '../receivers/receiver.ts';
import { runConcurrently, runSteadily } from '../run-concurrently.ts';
import { mediansOf } from '../run-scenario.ts';
import { makeData } from '../sample-event.ts';
import type { Figures } from '../scenario.ts';
import { convoy } from './convoy.ts';
import { type MakeDispatcher, openJsonApi } from './dispatcher.ts';
import { eventhooks } from './eventhooks.ts';
import { outpost } from './outpost.ts';
import { svix } from './svix.ts';

const dispatchers = { eventhooks, svix, outpost, convoy } satisfies Record<string, MakeDispatcher>;
const publishersAtOnce = 64;
const steadyPerSecond = 50;
const steadyEvents = 500;
const deadlineMs = 1_800_000;

const usage = `npm run bench:compare -- <${Object.keys(dispatchers).join('|')}> --url http://127.0.0.1:8001 [options]

--token t          bearer token of its API
--project p        Convoy's project, Outpost's tenant
--events n         default 10000
--rounds n         default 3; figures are medians
--listen address   where the receiver listens; default 127.0.0.1
--receiver host    how the dispatcher reaches the receiver; default: as --listen`;

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      project: { type: 'string' },
      events: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '3' },
      listen: { type: 'string', default: '127.0.0.1' },
      receiver: { type: 'string' },
    },
  });
  const make = Object.entries(dispatchers).find(([name]) => name === positionals[0])?.[1];
  const [events, rounds] = [Number(values.events), Number(values.rounds)];
  if (!make || values.url === undefined || !(events > 0) || !(rounds > 0)) throw new Error(usage);

  const signal = AbortSignal.timeout(deadlineMs);
  const group = createProcessGroup(signal);
  const api = openJsonApi(values.url, values.token ?? null);
  try {
    const reachedAt = { listen: values.listen, host: values.receiver ?? values.listen };
    const receiver = await startReceiver(group, signal, reachedAt);
    const dispatcher = make({ api, project: values.project ?? null });
    await dispatcher.createEndpoint(receiver.urlOf(mainGroup));
    const deliverAll = async (count: number): Promise<{ publishedMs: number; deliveredMs: number }> => {
      await receiver.expect({ [mainGroup]: { events: count } });
      const startedAtMs = nowMs();
      await runConcurrently(count, publishersAtOnce, signal, (n) => dispatcher.publish(makeData(n)));
      const publishedMs = nowMs() - startedAtMs;
      return { publishedMs, deliveredMs: (await receiver.waitFor(mainGroup)).lastAtMs - startedAtMs };
    };
    const round = async (): Promise<Figures> => {
      const raw = await measureUndici(receiver, events, signal);
      const { publishedMs, deliveredMs } = await deliverAll(events);
      await receiver.expect({ [mainGroup]: { events: steadyEvents } });
      await runSteadily(steadyEvents, steadyPerSecond, signal, (n) => dispatcher.publish(makeData(n)));
      const { latencyMs } = await receiver.waitFor(mainGroup);
      return {
        'raw undici loop, /s': raw,
        'published, /s': (events * 1_000) / publishedMs,
        'delivered, /s': (events * 1_000) / deliveredMs,
        'delivered of raw undici': (events * 1_000) / deliveredMs / raw,
        [`p50 at ${steadyPerSecond}/s, ms`]: latencyMs.p50,
        [`p99 at ${steadyPerSecond}/s, ms`]: latencyMs.p99,
      };
    };
    await deliverAll(Math.ceil(events / 5));
    const results: Figures[] = [];
    for (let index = 0; index < rounds; index += 1) results.push(await round());
    for (const [figure, value] of Object.entries(mediansOf(results)))
      console.log(`${figure.padEnd(26)} ${value.toFixed(2)}`);
  } finally {
    await api.close();
    await group.stop();
  }
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
