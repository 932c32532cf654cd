/**
 * Measures any dispatcher that runs already, by its public API: the same events, the same receiver, one by one, for that is what
 * all of them take. Durability is the operator's to set alike.
 */
import { parseArgs } from 'node:util';
import { createProcessGroup } from '../processes.ts';
import { mainGroup, startReceiver } from '../receivers/receiver.ts';
import { mediansOf } from '../run-scenario.ts';
import type { Figures } from '../scenario.ts';
import { createComparison } from './comparison.ts';
import { convoy } from './convoy.ts';
import { type MakeDispatcher, openJsonApi } from './dispatcher.ts';
import { eventhooks } from './eventhooks.ts';
import { outpost } from './outpost.ts';
import { svix } from './svix.ts';

const dispatchers = { eventhooks, svix, outpost, convoy } satisfies Record<string, MakeDispatcher>;
const deadlineMs = 1_800_000;

const usage = `npm run bench:compare -- <${Object.keys(dispatchers).join('|')}> --url http://127.0.0.1:8001 [options]

--token t          bearer token of its API
--project p        Convoy's project
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
  const api = openJsonApi(values.url, values.token || null);
  try {
    const reachedAt = { listen: values.listen, host: values.receiver ?? values.listen };
    const receiver = await startReceiver(group, signal, reachedAt);
    const dispatcher = make({ api, project: values.project ?? null, run: Date.now().toString(36) });
    await dispatcher.createEndpoint(receiver.urlOf(mainGroup));
    const comparison = createComparison(dispatcher, receiver, signal);
    await comparison.deliverAll(Math.ceil(events / 5));
    const results: Figures[] = [];
    for (let index = 0; index < rounds; index += 1) results.push(await comparison.round(events));
    for (const [figure, value] of Object.entries(mediansOf(results)))
      console.log(`${figure.padEnd(26)} ${value.toFixed(2)}`);
    console.log(`${'answers that refused'.padEnd(26)} ${comparison.refused()}`);
  } finally {
    await api.close();
    await group.stop();
  }
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
