import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis.ts';

const recommendedVersion = [6, 2] as const;

/** Warnings about the settings of the servers, each once. There are none where INFO is not permitted. */
export async function findRedisWarnings(client: RedisClient): Promise<string[]> {
  const servers: Redis[] = client instanceof Cluster ? client.nodes('master') : [client];
  const found = await Promise.all(servers.map(async (server) => findServerWarnings(await readInfo(server))));
  return [...new Set(found.flat())];
}

/** Passes each warning on once. Checks every new connection, because it may lead to another server. */
export function reportRedisWarnings(client: RedisClient, onWarning: (warning: string) => void): void {
  const reported = new Set<string>();
  client.on('ready', async () => {
    const warnings = await findRedisWarnings(client).catch(() => []);
    for (const warning of warnings.filter((found) => !reported.has(found))) {
      reported.add(warning);
      onWarning(warning);
    }
  });
}

async function readInfo(server: Redis): Promise<string> {
  return server.info().catch((error: Error) => {
    if (/^(NOPERM|ERR unknown command)/.test(error.message)) return '';
    throw error;
  });
}

function findServerWarnings(info: string): string[] {
  const read = (field: string): string | undefined => new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1];
  const policy = read('maxmemory_policy');
  const version = read('redis_version');
  return [
    ...(policy !== undefined && policy !== 'noeviction'
      ? [`Redis may evict jobs: its maxmemory-policy is ${policy}. Set it to noeviction.`]
      : []),
    ...(version !== undefined && isOlderThanRecommended(version)
      ? [`Redis ${version} is old. Use ${recommendedVersion.join('.')} or newer.`]
      : []),
  ];
}

function isOlderThanRecommended(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = recommendedVersion;
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
