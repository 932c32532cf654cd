export * from './batches.ts';
export * from './change-listener.ts';
export * from './connect.ts';
export * from './deliveries.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './migrate.ts';
export * from './partitions.ts';
export type { Schema } from './schema.ts';
