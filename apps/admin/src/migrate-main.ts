import { readSettings, SettingsError } from '@eventhooks/config';
import { migrateToLatest } from '@eventhooks/database';
import { runToEnd } from '@eventhooks/operations';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';

await runToEnd(async () => {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = readSettings(process.env);
  if (databaseUrl === undefined) throw new SettingsError('DATABASE_URL is not set: there is nothing to migrate.');
  const applied = await migrateToLatest(databaseUrl, suppressionFunctions);
  if (redisUrl === undefined) await migrateQueue(databaseUrl);
  process.stdout.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied: ${applied.join(', ')}\n`);
});
