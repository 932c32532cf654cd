import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endLeftovers } from '../support/leftovers.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { publishTestRun } from '../support/test-run.ts';
import { runSchemathesis } from './run-schemathesis.ts';

const usage = `npm run test:fuzz -- [--seed n] [--minutes n] [--short]

Sends generated requests by /openapi.json to an installation of its own, and checks every answer: no 5xx, no body accepted that
the description refuses, statuses, content types and bodies as described. Takes Schemathesis from SCHEMATHESIS, or from the path.

  --minutes n   how long (20)
  --short       one minute, without the paths that begin with a workspace
  --seed n      the requests (1)`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '20' },
    short: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const minutes = values.short ? 1 : Number(values.minutes);
if (values.help || !Number.isSafeInteger(seed) || !(minutes > 0)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

const dir = await mkdtemp(join(tmpdir(), 'eventhooks-fuzz-'));
await chmod(dir, 0o755);
publishTestRun({ dir, postgresUrl: '', redisUrl: '' });
process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)));
let failed = true;
try {
  failed = !(await fuzz());
} finally {
  await cleanUp();
}
process.exit(failed ? 1 : 0);

async function fuzz(): Promise<boolean> {
  const token = randomUUID();
  const app = await spawnApp('standalone', {
    EVENTHOOKS_DATA_DIR: join(dir, 'data'),
    EVENTHOOKS_ADMIN_TOKEN: token,
    EVENTHOOKS_LOG_LEVEL: 'error',
    // No process answers there, so the hooks of the examples reach nothing.
    EVENTHOOKS_DNS_SERVERS: '127.0.0.1:9',
  });
  const {
    isComplete,
    passed,
    failed: failures,
  } = await runSchemathesis({
    url: app.url,
    token,
    seed,
    seconds: minutes * 60,
    isShort: values.short,
    reportPath: join(dir, 'report.json'),
  });
  const { code } = await app.stop();
  const problems = failures + (isComplete ? 0 : 1) + (code === 0 ? 0 : 1);
  if (problems > 0) console.log(app.logs());
  console.log(`\nFuzz: ${passed} passed, ${problems} failed`);
  return problems === 0;
}

/** Leaves nothing behind, however the run ended. */
async function cleanUp(): Promise<void> {
  const leftovers = await endLeftovers(dir);
  if (leftovers.length > 0) console.log(`left running, and ended now:\n${leftovers.join('\n')}`);
  await rm(dir, { recursive: true, force: true });
}
