export { migrateQueue, type QueueBackend, queueBackendOf } from './backend.ts';
export type { DeliveryJob, DispatchJob, ProbeJob } from './jobs.ts';
export type { OfferedBatch } from './pack-batches.ts';
export * from './queues.ts';
export { type ConnectOptions, connectRedis, type RedisClient } from './redis.ts';
