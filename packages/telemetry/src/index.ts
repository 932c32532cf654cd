export * from './lifecycle.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './operations.ts';
