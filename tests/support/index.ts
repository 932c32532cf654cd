export { findFreePort } from '../../apps/standalone/src/find-free-port.ts';
export { startPostgres, type TestPostgres } from './postgres.ts';
export { type Answer, type AnswerRequest, type ReceivedRequest, type Receiver, startReceiver } from './receiver.ts';
export { startRedis, type TestRedis } from './redis.ts';
export { type App, type AppEnd, type AppName, spawnApp } from './spawn-app.ts';
export { makeTemporaryDirectory } from './temporary-directory.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { redisUrl, uniquePrefix } from './test-redis.ts';
export { waitFor } from './wait-for.ts';
