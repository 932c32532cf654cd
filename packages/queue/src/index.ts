export { migrateQueue, type QueueBackend, queueBackendOf } from './backend.ts';
export type { DeliveryJob, DispatchJob, HookTestJob } from './jobs.ts';
export type { QueuedBatch } from './pack-batches.ts';
export * from './queues.ts';
export { type ConnectOptions, connectRedis, type RedisClient } from './redis.ts';
export type { MemoryUse } from './redis-info.ts';
