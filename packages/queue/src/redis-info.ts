import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './redis.ts';

const recommendedVersion = [6, 2] as const;

/** Warnings about the settings of the servers, each once. There are none where INFO is not permitted. */
export async function findRedisWarnings(client: RedisClient): Promise<string[]> {
  return [...new Set((await readInfos(client)).flatMap(findServerWarnings))];
}

export interface MemoryUse {
  usedBytes: number;
  /** Null: no maxmemory is set. */
  maxBytes: number | null;
}

/**
 * The memory of the server that is fullest, by its maxmemory or else by what it uses; null where INFO is not permitted.
 */
export async function readRedisMemory(client: RedisClient): Promise<MemoryUse | null> {
  const uses = (await readInfos(client)).flatMap((info): MemoryUse[] => {
    const used = readField(info, 'used_memory');
    const most = Number(readField(info, 'maxmemory') ?? 0);
    return used === undefined ? [] : [{ usedBytes: Number(used), maxBytes: most === 0 ? null : most }];
  });
  const shareOf = ({ usedBytes, maxBytes }: MemoryUse): number => usedBytes / (maxBytes ?? Number.MAX_SAFE_INTEGER);
  return uses.sort((a, b) => shareOf(b) - shareOf(a))[0] ?? null;
}

/** Each server's INFO; empty where INFO is not permitted. */
function readInfos(client: RedisClient): Promise<string[]> {
  const servers: Redis[] = client instanceof Cluster ? client.nodes('master') : [client];
  return Promise.all(servers.map(readInfo));
}

function readField(info: string, field: string): string | undefined {
  return new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1];
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
  const policy = readField(info, 'maxmemory_policy');
  const version = readField(info, 'redis_version');
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
