import { readSettings, SettingsError } from '@eventhooks/config';
import { migrateToLatest } from '@eventhooks/database';
import { runToEnd } from '@eventhooks/operations';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';

await runToEnd(async () => {
  const { DATABASE_URL: pooledUrl, DATABASE_DIRECT_URL: directUrl, REDIS_URL: redisUrl } = readSettings(process.env);
  const databaseUrl = directUrl ?? pooledUrl;
  if (databaseUrl === undefined) throw new SettingsError('DATABASE_URL is not set: there is nothing to migrate.');
  const setting = directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL';
  const applied = await migrateToLatest(databaseUrl, suppressionFunctions, setting);
  if (redisUrl === undefined) await migrateQueue(databaseUrl, setting);
  process.stdout.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied: ${applied.join(', ')}\n`);
});
