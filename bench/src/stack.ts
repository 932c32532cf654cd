import { once } from 'node:events';
import { connect } from 'node:net';
import { checkAnswers, findFreePort, type ProcessGroup } from './processes.ts';

const root = new URL('../../', import.meta.url).pathname;
const allLoopback = '127.0.0.0/8';

/** A `redis-server` of the PATH that writes what it takes to `dir`, as one that is to keep jobs does. */
export async function startRedis(group: ProcessGroup, dir: string): Promise<string> {
  const port = await findFreePort();
  const durability = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--logfile', 'redis.log'];
  await group.start({
    name: 'redis',
    file: 'redis-server',
    args: [...place, ...durability],
    checkReady: () => checkListens(port),
  });
  return `redis://127.0.0.1:${port}`;
}

/** Migrates, and starts one admin and the workers as `npm run` does. @returns the admin's URL */
export async function startEventhooks(
  group: ProcessGroup,
  databaseUrl: string,
  redisUrl: string | null,
  workers: number,
): Promise<string> {
  const env = {
    DATABASE_URL: databaseUrl,
    EVENTHOOKS_EGRESS_ALLOW: allLoopback,
    EVENTHOOKS_LOG_LEVEL: 'warn',
    ...(redisUrl !== null && { REDIS_URL: redisUrl }),
  };
  await group.run(process.execPath, [`${root}apps/admin/src/migrate-main.ts`], env);
  const adminPort = await findFreePort();
  await group.start({
    name: 'admin',
    file: process.execPath,
    args: [`${root}apps/admin/src/main.ts`],
    env: { ...env, EVENTHOOKS_ADMIN_PORT: String(adminPort) },
    checkReady: () => checkAnswers(`http://127.0.0.1:${adminPort}/readyz`),
  });
  for (let worker = 1; worker <= workers; worker += 1) {
    const port = await findFreePort();
    await group.start({
      name: `worker ${worker}`,
      file: process.execPath,
      args: ['--max-semi-space-size=16', '--max-old-space-size=512', `${root}apps/worker/src/main.ts`],
      env: { ...env, EVENTHOOKS_WORKER_PORT: String(port) },
      checkReady: () => checkAnswers(`http://127.0.0.1:${port}/readyz`),
    });
  }
  return `http://127.0.0.1:${adminPort}`;
}

async function checkListens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
