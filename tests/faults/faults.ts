import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { waitFor } from '../support/wait-for.ts';
import type { Fleet, Place } from './fleet.ts';
import type { Stage } from './stage.ts';

export interface Fault {
  name: string;
  /** Makes the fault, and ends it: afterwards the deployment has everything again that it needs. */
  inflict(stage: Stage): Promise<void>;
  /** Whether deliveries may arrive twice: only where a process cannot record its attempts, or PostgreSQL loses its last records. */
  mayRepeat: boolean;
  /** Whether Redis loses the state of snoozes. */
  losesRedis?: true;
  /** Whether PostgreSQL loses the last tenths of a second of the state of snoozes (docs/firing.md). */
  crashesPostgres?: true;
  /** Whether it takes too long for the short form. */
  long?: true;
  /** Only for runs with a pooler, or only for those without. */
  only?: 'pooled' | 'direct';
}

/** How long an outage lasts. Longer than a second, so that every process notices it. */
const awayMs = 5_000;
/** A supervisor's delay before it starts a process again. */
const restartDelayMs = 1_000;
/** Longer than the job's lock (15 s) and the batch's lease (30 s): other processes have taken over when this one continues. */
const frozenMs = 40_000;

export const faults: readonly Fault[] = [
  { name: 'kill -9 a worker', mayRepeat: true, inflict: (stage) => killWorkers(stage, 1) },
  { name: 'kill -9 every worker', mayRepeat: true, inflict: (stage) => killWorkers(stage, Number.POSITIVE_INFINITY) },
  { name: "kill -9 the scheduler's holder", mayRepeat: true, inflict: killSchedulers },
  { name: 'kill -9 the admin', mayRepeat: false, inflict: killAdmins },
  { name: 'freeze a worker for 40 s', mayRepeat: true, long: true, inflict: (stage) => freezeWorker(stage, frozenMs) },
  { name: 'freeze a worker for 5 s', mayRepeat: false, inflict: (stage) => freezeWorker(stage, awayMs) },
  { name: "freeze the scheduler's holder for 15 s", mayRepeat: false, long: true, inflict: freezeSchedulers },
  { name: 'Redis killed and restarted with its data', mayRepeat: false, inflict: restartRedis },
  { name: 'Redis restarted without its data', mayRepeat: false, losesRedis: true, inflict: replaceRedis },
  { name: 'FLUSHALL', mayRepeat: false, losesRedis: true, inflict: ({ redis }) => redis.flushAll() },
  { name: 'Redis at maxmemory', mayRepeat: false, inflict: exhaustRedis },
  { name: 'Redis paused for 5 s', mayRepeat: false, inflict: pauseRedis },
  { name: 'connections to Redis cut', mayRepeat: false, inflict: async ({ redisProxy }) => redisProxy.cut() },
  { name: 'connections to Redis silent', mayRepeat: false, inflict: async ({ redisProxy }) => redisProxy.silence() },
  { name: 'PostgreSQL restarted', mayRepeat: false, inflict: restartPostgres },
  { name: 'PostgreSQL killed and restarted', mayRepeat: true, crashesPostgres: true, inflict: crashPostgres },
  { name: 'PostgreSQL paused for 5 s', mayRepeat: false, inflict: pausePostgres },
  { name: 'PostgreSQL out of reach for 5 s', mayRepeat: false, inflict: hidePostgres },
  {
    name: 'connections to PostgreSQL cut',
    mayRepeat: false,
    inflict: async ({ postgresProxy }) => postgresProxy.cut(),
  },
  {
    name: 'connections to PostgreSQL silent',
    mayRepeat: false,
    inflict: async ({ postgresProxy }) => postgresProxy.silence(),
  },
  { name: 'disk full for 5 s', mayRepeat: false, inflict: fillDisk },
  { name: 'a switch-over to a standby', mayRepeat: false, long: true, inflict: (stage) => failOver(stage, 'stop') },
  {
    name: 'kill -9 the primary, with a synchronous standby',
    mayRepeat: true,
    crashesPostgres: true,
    long: true,
    inflict: (stage) => failOver(stage, 'crash'),
  },
  { name: 'the password changes', mayRepeat: false, only: 'direct', long: true, inflict: changePassword },
  { name: 'kill -9 the pooler', mayRepeat: false, only: 'pooled', inflict: killPooler },
  { name: 'the pooler reloaded', mayRepeat: false, only: 'pooled', inflict: reloadPooler },
  { name: 'the pooler takes no connections', mayRepeat: false, only: 'pooled', inflict: closePooler },
  { name: 'the pooler has no free session', mayRepeat: false, only: 'pooled', inflict: exhaustPooler },
  {
    name: 'clocks an hour ahead, then back',
    mayRepeat: true,
    long: true,
    inflict: (stage) => shiftClocks(stage, 3_600_000),
  },
  {
    name: 'clocks an hour behind, then back',
    mayRepeat: true,
    long: true,
    inflict: (stage) => shiftClocks(stage, -3_600_000),
  },
];

async function killWorkers({ fleets, random }: Stage, count: number): Promise<void> {
  await killAndRestart(fleets, (fleet) => random.shuffle(fleet.workers).slice(0, count));
}

async function killSchedulers({ fleets }: Stage): Promise<void> {
  const holders = await Promise.all(fleets.map((fleet) => fleet.schedulerHolder()));
  await killAndRestart(fleets, (fleet) => fleet.workers.filter((worker) => holders.includes(worker)));
}

async function killAdmins({ fleets }: Stage): Promise<void> {
  await killAndRestart(fleets, (fleet) => [fleet.admin]);
}

async function killAndRestart(fleets: readonly Fleet[], choose: (fleet: Fleet) => readonly Place[]): Promise<void> {
  const killed = fleets.flatMap((fleet) => choose(fleet).map((place) => ({ fleet, place })));
  await Promise.all(killed.map(({ fleet, place }) => fleet.kill(place)));
  await sleep(restartDelayMs);
  await Promise.all(killed.map(({ fleet, place }) => fleet.restart(place)));
}

async function freezeWorker({ fleets, random }: Stage, ms: number): Promise<void> {
  await freeze(
    fleets.map((fleet) => random.pick(fleet.workers)),
    ms,
  );
}

async function freezeSchedulers({ fleets }: Stage): Promise<void> {
  await freeze(await Promise.all(fleets.map((fleet) => fleet.schedulerHolder())), 15_000);
}

async function freeze(places: readonly Place[], ms: number): Promise<void> {
  for (const { app } of places) app.kill('SIGSTOP');
  await sleep(ms);
  for (const { app } of places) app.kill('SIGCONT');
}

async function restartRedis({ redis }: Stage): Promise<void> {
  await redis.stop('SIGKILL');
  await sleep(awayMs);
  await redis.start();
}

async function replaceRedis({ redis, redisProxy }: Stage): Promise<void> {
  redisProxy.refuse();
  // No write can come between the two, so the data on its disk are empty.
  await redis.flushAll();
  await redis.stop('SIGKILL');
  await redis.start();
  redisProxy.accept();
}

async function exhaustRedis({ redis }: Stage): Promise<void> {
  const client = new Redis(redis.url);
  try {
    await client.config('SET', 'maxmemory', '1');
    await sleep(awayMs);
    await client.config('SET', 'maxmemory', '0');
  } finally {
    client.disconnect();
  }
}

async function pauseRedis({ redis }: Stage): Promise<void> {
  redis.pause();
  await sleep(awayMs);
  redis.resume();
}

async function restartPostgres({ postgres }: Stage): Promise<void> {
  await postgres.stop();
  await sleep(awayMs);
  await postgres.start();
}

async function crashPostgres({ postgres }: Stage): Promise<void> {
  await postgres.crash();
  await postgres.start();
}

async function pausePostgres({ postgres }: Stage): Promise<void> {
  await postgres.pause();
  await sleep(awayMs);
  await postgres.resume();
}

async function hidePostgres({ postgresProxy }: Stage): Promise<void> {
  postgresProxy.refuse();
  await sleep(awayMs);
  postgresProxy.accept();
}

/** The standby is made first; from then on commits wait for it. It takes the address of the primary, and then its place. */
async function failOver(stage: Stage, end: 'stop' | 'crash'): Promise<void> {
  const primary = stage.postgres;
  const standby = await primary.startStandby();
  await execute(primary.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await execute(primary.url, 'SELECT pg_reload_conf()');
  await waitFor(() => isSynchronous(primary.url), { timeoutMs: 60_000, what: 'the standby to be synchronous' });
  await sleep(awayMs);
  await primary[end]();
  await execute(standby.url, 'SELECT pg_promote()');
  stage.postgresProxy.moveTo(standby.url);
  stage.replacePostgres(standby);
  await primary.close();
}

async function isSynchronous(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`)).rows.length === 1;
  } finally {
    await client.end();
  }
}

/** For a while no new connection can be made; the file with the password is changed last. */
async function changePassword({ postgres, postgresProxy, passwordFile, random }: Stage): Promise<void> {
  const password = `changed-${random.below(1_000_000)}`;
  await execute(postgres.url, `ALTER ROLE application PASSWORD '${password}'`);
  postgresProxy.cut();
  await sleep(awayMs);
  await writeFile(passwordFile, password);
}

async function killPooler({ pooler }: Stage): Promise<void> {
  await pooler?.stop('SIGKILL');
  await sleep(awayMs);
  await pooler?.start();
}

async function reloadPooler({ pooler }: Stage): Promise<void> {
  for (const default_pool_size of ['5', '20']) {
    await pooler?.reload({ default_pool_size });
    await sleep(1_000);
  }
}

/** Like a pooler whose clients are too many: it refuses all but one. */
async function closePooler({ pooler }: Stage): Promise<void> {
  await pooler?.stop();
  await pooler?.reload({ max_client_conn: '1' });
  await pooler?.start();
  await sleep(awayMs);
  await pooler?.reload({ max_client_conn: '400' });
}

/** Transactions of others hold every session of each database. */
async function exhaustPooler({ pooler, databaseUrls }: Stage): Promise<void> {
  if (pooler === null) return;
  const { port } = new URL(pooler.url);
  const urls = databaseUrls.flatMap((url) =>
    Array.from({ length: 20 }, () => Object.assign(new URL(url), { port }).href),
  );
  const clients = urls.map((url) => new pg.Client(url));
  for (const client of clients) client.on('error', () => undefined);
  const holding = clients.map(async (client) => {
    await client.connect();
    await client.query('BEGIN; SELECT 1');
  });
  await Promise.race([Promise.allSettled(holding), sleep(awayMs)]);
  await sleep(awayMs);
  await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
}

async function fillDisk({ disk, databaseUrls }: Stage): Promise<void> {
  if (disk) {
    await disk.fill();
    await sleep(awayMs);
    await disk.clear();
    return;
  }
  await Promise.all(databaseUrls.map((url) => execute(url, refuseInserts)));
  await sleep(awayMs);
  await Promise.all(databaseUrls.map((url) => execute(url, 'DROP FUNCTION refuse_insert CASCADE')));
}

/** A stand-in on machines where no disk can be mounted: inserts fail with the error of a full disk. */
const refuseInserts = `
  CREATE FUNCTION refuse_insert() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER refuse_insert BEFORE INSERT ON dispatch_batches EXECUTE FUNCTION refuse_insert();
  CREATE TRIGGER refuse_insert BEFORE INSERT ON events EXECUTE FUNCTION refuse_insert();
  CREATE TRIGGER refuse_insert BEFORE INSERT ON deliveries EXECUTE FUNCTION refuse_insert();`;

async function execute(url: string, statements: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

/** Restarts an admin and a worker of each fleet with a wrong clock, and after a while with the right one. */
async function shiftClocks({ fleets, random }: Stage, shiftMs: number): Promise<void> {
  const shim = fileURLToPath(new URL('./clock-shift.ts', import.meta.url));
  const env = { NODE_OPTIONS: `--import=${shim}`, CLOCK_SHIFT_MS: String(shiftMs) };
  const shifted = fleets.flatMap((fleet) =>
    [fleet.admin, random.pick(fleet.workers)].map((place) => ({ fleet, place })),
  );
  for (const extraEnv of [env, {}]) {
    await Promise.all(shifted.map(({ fleet, place }) => fleet.kill(place)));
    await Promise.all(shifted.map(({ fleet, place }) => fleet.restart(place, extraEnv)));
    await Promise.all(fleets.map((fleet) => fleet.waitUntilReady()));
    await sleep(awayMs);
  }
}
