import { startRedis } from '../support/redis.ts';
import { spawnApp } from '../support/spawn-app.ts';

/** An admin, a worker and an empty Redis on a PostgreSQL. */
export interface Installation {
  call(method: string, path: string, body: unknown): Promise<unknown>;
  /** Publishes events with the ids `name-0`, `name-1`, …, one request each. */
  publish(event: string, name: string, count: number): Promise<{ duplicates: number }>;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export async function startAll(dir: string, databaseUrl: string): Promise<Installation> {
  const redis = await startRedis({ dir });
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8' };
  const apps = await Promise.all([spawnApp('admin', env), spawnApp('worker', env)]);
  const [admin] = apps;
  const call: Installation['call'] = async (method, path, body) => {
    const response = await fetch(`${admin.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    call,
    async publish(event, name, count) {
      let duplicates = 0;
      for (let n = 0; n < count; n += 1) {
        const answer = await call('POST', '/events', { source: 'crud', event, id: `${name}-${n}`, data: { n } });
        if (typeof answer === 'object' && answer !== null && 'duplicate' in answer) duplicates += 1;
      }
      return { duplicates };
    },
    async stop() {
      await Promise.all(apps.map((app) => app.stop()));
      await redis.close();
    },
    async kill() {
      for (const app of apps) app.kill('SIGKILL');
      await Promise.all(apps.map((app) => app.ended));
      await redis.close();
    },
  };
}
