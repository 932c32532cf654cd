import { request } from 'node:http';

/** CI runs the tests on the oldest supported PostgreSQL, too. */
const postgresImage = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:18-alpine';
const redisImage = 'redis:8-alpine';
const probeTimeoutMs = 2_000;
const databaseName = 'eventhooks';

export interface Containers {
  postgresUrl: string;
  redisUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts both servers in containers, where a Docker engine answers within two seconds and holds both images (nothing
 * is pulled: a slow registry would hang the run).
 *
 * @returns undefined otherwise.
 */
export async function startContainers(): Promise<Containers | undefined> {
  const present = await Promise.all([postgresImage, redisImage].map(hasImage));
  if (present.includes(false)) return undefined;
  // Ryuk, testcontainers' watchdog, is one more image; the keeper process stops the containers instead.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const postgres = await new GenericContainer(postgresImage)
    .withEnvironment({ POSTGRES_USER: databaseName, POSTGRES_PASSWORD: databaseName, POSTGRES_DB: databaseName })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=400'])
    .withExposedPorts(5432)
    // Asks by TCP, because PostgreSQL listens on the socket only while the image prepares its data.
    .withWaitStrategy(Wait.forSuccessfulCommand(`pg_isready -h 127.0.0.1 -U ${databaseName}`))
    .start();
  const redis = await new GenericContainer(redisImage)
    .withCommand(['redis-server', '--save', '', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .start()
    .catch(async (error: unknown) => {
      await postgres.stop();
      throw error;
    });
  const address = `${postgres.getHost()}:${postgres.getMappedPort(5432)}`;
  return {
    postgresUrl: `postgres://${databaseName}:${databaseName}@${address}/${databaseName}`,
    redisUrl: `redis://${redis.getHost()}:${redis.getMappedPort(6379)}`,
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

async function hasImage(image: string): Promise<boolean> {
  const path = `/images/${image}/json`;
  const engine = new URL(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock');
  const target =
    engine.protocol === 'unix:'
      ? { socketPath: engine.pathname, path }
      : { host: engine.hostname, port: engine.port, path };
  return new Promise((resolve) => {
    const probe = request({ ...target, signal: AbortSignal.timeout(probeTimeoutMs) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
