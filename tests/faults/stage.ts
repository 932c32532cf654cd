import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateToLatest } from '@eventhooks/database';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';
import pg from 'pg';
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { databaseUrl } from '../support/template-database.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { Random } from './random.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** The parts that faults happen to: two deployments on one PostgreSQL, with their queue on Redis and on PostgreSQL. */
export interface Stage {
  /** Another server after a fail-over. */
  postgres: TestPostgres;
  postgresProxy: TcpProxy;
  redis: TestRedis;
  redisProxy: TcpProxy;
  /** PgBouncer in transaction mode, between the processes and the proxy; null unless the run is one through a pooler. */
  pooler: PgBouncer | null;
  /** Undefined if none can be mounted. */
  disk: SmallDisk | undefined;
  /** In the order of the fleets; past the proxy. */
  databaseUrls: string[];
  /** The file with the password of the role `application`, as which processes connect. */
  passwordFile: string;
  fleets: Fleet[];
  random: Random;
  /** Names the server that took the place of `postgres`. The small disk stays behind. */
  replacePostgres(next: TestPostgres): void;
  close(): Promise<void>;
}

export const queues = ['redis', 'postgres'] as const;
const workersEach = 2;
const firstPassword = 'first';
const poolerSettings = { pool_mode: 'transaction', max_client_conn: '400', default_pool_size: '20' };

/** Starts the servers and the processes; Redis last, when they have been waiting for it. */
export async function setStage(dir: string, random: Random, isPooled: boolean): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = [];
  const closing = <T extends { close(): Promise<unknown> }>(resource: T): T => {
    closers.push(() => resource.close());
    return resource;
  };
  const disk = await mountSmallDisk(dir);
  const postgres = closing(await startPostgres({ dir }));
  const redis = closing(await startRedis({ dir, flags: ['--appendonly', 'yes', '--appendfsync', 'always'] }));
  const postgresProxy = closing(await startTcpProxy(postgres.url));
  const redisProxy = closing(await startTcpProxy(redis.url));
  await redis.stop();
  await execute(postgres.url, `CREATE ROLE application LOGIN SUPERUSER PASSWORD '${firstPassword}'`);
  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, firstPassword);
  const pooler = isPooled ? closing(await startPgBouncer(postgresProxy.url, poolerSettings, dir)) : null;
  const isOnDisk = disk !== undefined && (await makeTablespace(postgres.url, disk));
  const fleets: Fleet[] = [];
  const databaseUrls: string[] = [];
  for (const queue of queues) {
    const database = `faults_${queue}`;
    await execute(postgres.url, `CREATE DATABASE ${database}${isOnDisk ? ' TABLESPACE small_disk' : ''}`);
    const direct = databaseUrl(postgres.url, database);
    databaseUrls.push(direct);
    await migrateToLatest(direct, suppressionFunctions);
    await migrateQueue(direct);
    const env = {
      DATABASE_URL: ofApplication(pooler?.url ?? postgresProxy.url, database),
      ...(pooler && queue === 'postgres' && { DATABASE_DIRECT_URL: ofApplication(postgresProxy.url, database) }),
      DATABASE_PASSWORD_FILE: passwordFile,
      EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8',
      EVENTHOOKS_LOG_LEVEL: 'warn',
      ...(queue === 'redis' && { REDIS_URL: redisProxy.url }),
    };
    const fleet = await startFleet(queue, env, workersEach);
    closers.push(() => fleet.stop());
    fleets.push(fleet);
  }
  await redis.start();
  const stage: Stage = {
    postgres,
    postgresProxy,
    redis,
    redisProxy,
    pooler,
    passwordFile,
    disk: isOnDisk ? disk : undefined,
    databaseUrls,
    fleets,
    random,
    replacePostgres(next) {
      // It is closed last, when nothing uses it any more.
      closers.unshift(() => next.close());
      stage.postgres = next;
      stage.disk = undefined;
      stage.databaseUrls = queues.map((queue) => databaseUrl(next.url, `faults_${queue}`));
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
  return stage;
}

function ofApplication(url: string, database: string): string {
  return Object.assign(new URL(databaseUrl(url, database)), { username: 'application', password: '' }).href;
}

/** The directory must belong to whoever runs PostgreSQL. */
async function makeTablespace(url: string, disk: SmallDisk): Promise<boolean> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = await stat(rows[0]?.data_directory ?? '');
    const location = join(disk.path, 'tablespace');
    await mkdir(location);
    await chown(location, uid, gid);
    await client.query(`CREATE TABLESPACE small_disk LOCATION '${location}'`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
