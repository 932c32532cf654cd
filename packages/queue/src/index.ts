export { migrateQueue, type QueueBackend } from './backend.ts';
export type { OfferedBatch } from './pack-batches.ts';
export * from './queues.ts';
export { connectRedis, type RedisOptions } from './redis.ts';
