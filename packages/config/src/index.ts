export { type ArchiveTarget, parseArchiveUrl, type S3Target } from './archive-url.ts';
export {
  type DatabaseConnection,
  databaseConnection,
  type ParsedDatabaseUrl,
  parseDatabaseUrl,
} from './database-url.ts';
export { parseRedisUrl, type RedisTarget } from './redis-url.ts';
export { readSettings, type Settings, type SettingsCheck, settingNames, tracingConfigOf } from './settings.ts';
export { SettingsError } from './settings-error.ts';
export { findTlsFaults } from './tls-material.ts';
