import { SettingsError } from '@eventhooks/config';
import { Redis } from 'ioredis';
import { nodeOptions, readRedisUrl } from './redis.ts';

/** Replies that no later try changes, because the URL or the user's rights are wrong. */
const refusals =
  /^(WRONGPASS|NOAUTH|NOPERM)\b|^ERR (AUTH |invalid password|Client sent AUTH|DB index|invalid DB index|SELECT is not allowed)/;
/** Codes of TLS errors that come from certificates, or from a server that speaks no TLS. */
const tlsFaults = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|SSL_WRONG_VERSION_NUMBER|SSL_PACKET_LENGTH_TOO_LONG/;

/**
 * Tries once whether a server accepts the user, the database and the certificates of the URL. A server that is not there, is
 * silent or still loads its data may come later, and is no fault. Sentinels and Clusters are not tried.
 *
 * @throws {SettingsError} when the server refuses them.
 */
export async function checkRedis(url: string): Promise<void> {
  const target = readRedisUrl(url);
  const [address] = target.addresses;
  if (target.kind !== 'single' || !address) return;
  const redis = new Redis({
    ...nodeOptions(target, true),
    ...address,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
  });
  // When a connection fails, its command says only that it is closed. This event has the reason.
  let connectionFault: Error | undefined;
  redis.on('error', (error) => {
    connectionFault = error;
  });
  const fault = await useDatabase(redis, target.database).then(
    () => undefined,
    (error: Error) => connectionFault ?? error,
  );
  redis.disconnect();
  if (fault && isFinal(fault)) throw new SettingsError(`REDIS_URL: ${fault.message}`);
}

async function useDatabase(redis: Redis, database: number): Promise<void> {
  await redis.connect();
  await redis.ping();
  if (database !== 0) await redis.select(database);
}

function isFinal(error: Error): boolean {
  return refusals.test(error.message) || ('code' in error && tlsFaults.test(String(error.code)));
}
