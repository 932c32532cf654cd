import { readSettings, SettingsError } from '@eventhooks/config';
import { migrateToLatest } from '@eventhooks/database';
import { migrateQueue } from '@eventhooks/queue';
import { suppressionFunctions } from '@eventhooks/suppression';

const settings = readSettings(process.env);
if (settings.DATABASE_URL === undefined)
  throw new SettingsError('DATABASE_URL is not set: there is nothing to migrate.');
const applied = await migrateToLatest(settings.DATABASE_URL, suppressionFunctions);
if (settings.REDIS_URL === undefined) await migrateQueue(settings.DATABASE_URL);
process.stdout.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied: ${applied.join(', ')}\n`);
