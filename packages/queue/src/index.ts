export { migrateQueue, type QueueBackend } from './backend.ts';
export * from './queues.ts';
export { connectRedis, type RedisOptions } from './redis.ts';
