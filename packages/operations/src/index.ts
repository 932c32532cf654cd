export { type HttpServer, startHttpServer } from './http-server.ts';
export * from './lifecycle.ts';
export * from './logger.ts';
export * from './metrics.ts';
export { type Own, openTogether } from './open-together.ts';
export * from './operations.ts';
export * from './tracing/create-tracing.ts';
export * from './tracing/traceparent.ts';
export * from './tracing/tracing.ts';
