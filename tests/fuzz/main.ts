import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOpenApi } from '../../apps/admin/src/openapi/build.ts';
import { endLeftovers } from '../support/leftovers.ts';
import { openRunDirectory, readLongRunOptions } from '../support/long-run.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { runSchemathesis } from './run-schemathesis.ts';
import { tryClients } from './try-clients.ts';

const usage = `npm run test:fuzz -- [--seed n] [--minutes n] [--short] [--clients]

Sends generated requests by the OpenAPI document to an installation of its own, and checks every answer: no 5xx, no body accepted that
the description refuses, statuses, content types and bodies as described. Takes Schemathesis from SCHEMATHESIS, or from the path;
.ci/fuzz fetches it.

  --minutes n   how long (20)
  --short       the same requests each time, without the paths that begin with a workspace: about half a minute
  --seed n      the requests (1)
  --clients     also generates clients from /openapi.json, which publish an event (npm, and openapi-python-client from the path)`;

/** Half a minute on two cores. */
const requestsPerOperation = 6;

const options = readLongRunOptions(usage, { defaultMinutes: 20, flags: ['clients'] });

const dir = await openRunDirectory('fuzz');
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
  const documentPath = join(dir, 'openapi.json');
  await writeFile(documentPath, JSON.stringify(buildOpenApi({ withAllMediaTypes: true })));
  const clients = options.flags.has('clients')
    ? await tryClients({ url: app.url, token, dir })
    : { passed: 0, problems: [] };
  const requests = await runSchemathesis({
    documentPath,
    url: app.url,
    token,
    seed: options.seed,
    extent: options.short
      ? { kind: 'short', requestsPerOperation }
      : { kind: 'seconds', seconds: options.minutes * 60 },
    reportPath: join(dir, 'report.json'),
  });
  const { code } = await app.stop();
  const problems = [
    ...clients.problems,
    ...requests.problems,
    ...(code === 0 ? [] : [`The installation ended with status ${code}`]),
  ];
  if (problems.length > 0) console.log(app.logs());
  console.log(['', ...problems].join('\n'));
  console.log(`Fuzz: ${clients.passed + requests.passed} passed, ${problems.length} failed`);
  return problems.length === 0;
}

/** Leaves nothing behind, however the run ended. */
async function cleanUp(): Promise<void> {
  const leftovers = await endLeftovers(dir);
  if (leftovers.length > 0) console.log(`left running, and ended now:\n${leftovers.join('\n')}`);
  await rm(dir, { recursive: true, force: true });
}
