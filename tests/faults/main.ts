import { rm } from 'node:fs/promises';
import { endLeftovers } from '../support/leftovers.ts';
import { openRunDirectory, readLongRunOptions } from '../support/long-run.ts';
import { createRandom } from './random.ts';
import { runFaults } from './run-faults.ts';
import { unmountSmallDisk } from './small-disk.ts';
import { setStage } from './stage.ts';

const usage = `npm run test:faults -- [--seed n] [--minutes n] [--short] [--pooler]

Publishes all the time to two deployments (queue on Redis, queue on PostgreSQL) while processes, servers and connections fail,
and checks that whatever was accepted is delivered.

  --minutes n   faults one after another, each until all is well again, for n minutes (10); every fault once at least
  --short       one fault upon the other without waiting, then all must become well: about a minute and a half
  --pooler      the processes reach PostgreSQL through PgBouncer in transaction mode (apt-get install pgbouncer)
  --seed n      the order and the choice of victims (1)`;

const { seed, minutes, short, flags } = readLongRunOptions(usage, { defaultMinutes: 10, flags: ['pooler'] });

const dir = await openRunDirectory('faults');
const random = createRandom(seed);
let failed = true;
process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)));
try {
  const stage = await setStage(dir, random, flags.has('pooler'));
  failed = !(await runFaults(stage, { seed, minutes, isShort: short }));
} finally {
  await cleanUp();
}
process.exit(failed ? 1 : 0);

/** Leaves nothing behind, however the run ended. */
async function cleanUp(): Promise<void> {
  const leftovers = await endLeftovers(dir);
  if (leftovers.length > 0) console.log(`left running, and ended now:\n${leftovers.join('\n')}`);
  await unmountSmallDisk(dir);
  await rm(dir, { recursive: true, force: true });
}
