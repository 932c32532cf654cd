import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { startContainers } from './containers.ts';
import { endLeftovers } from './leftovers.ts';
import { type PgBouncer, startPgBouncer } from './pgbouncer.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { makeTemplateDatabase } from './template-database.ts';

/**
 * A process that keeps the servers of a test run. It prints their addresses, and stops them when its standard input ends, which
 * it does however the run ends. It has a process group of its own, so that Ctrl-C leaves it time for that.
 */
const runDir = process.argv[2];
if (runDir === undefined) throw new Error('usage: keep-servers.ts <directory of the run>');

/** `npm run test:pooler` sets it. */
const poolerMode = process.env.TEST_POOLER_MODE;
const inputEnded = once(process.stdin.resume(), 'end');
const stops: (() => Promise<void>)[] = [];
try {
  const containers = await startContainers();
  if (containers !== undefined) {
    stops.push(containers.stop);
    await keep(containers.postgresUrl, containers.redisUrl);
  } else {
    const redis = await startRedis({ dir: runDir });
    stops.push(redis.close);
    const postgres = await startPostgres({ dir: runDir });
    stops.push(postgres.close);
    await keep(postgres.url, redis.url);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  // There are leftovers only if the run was killed before its teardown, which reports them.
  await endLeftovers(runDir);
  await Promise.all(stops.map((stop) => stop()));
  await rm(runDir, { recursive: true, force: true });
  process.stdin.destroy();
}

/** Every test database is reached through it, and has sessions of its own, which it gives back soon. */
async function startPooler(postgresUrl: string, mode: string): Promise<PgBouncer> {
  const settings = { pool_mode: mode, max_client_conn: '2000', default_pool_size: '20', server_idle_timeout: '5' };
  const pooler = await startPgBouncer(postgresUrl, settings, runDir);
  stops.push(pooler.close);
  return pooler;
}

async function keep(postgresUrl: string, redisUrl: string): Promise<void> {
  await makeTemplateDatabase(postgresUrl);
  const pooler = poolerMode === undefined ? null : await startPooler(postgresUrl, poolerMode);
  console.log(JSON.stringify({ postgresUrl, poolerUrl: pooler?.url ?? null, redisUrl }));
  await inputEnded;
}
