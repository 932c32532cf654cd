/** The schemas of the Admin API's queries, bodies and answers, as /openapi.json publishes them. */
export * from './access.ts';
export * from './activity.ts';
export * from './answers.ts';
export * from './capacity.ts';
export * from './deliveries.ts';
export type * from './endpoints.ts';
export * from './events.ts';
export * from './hook-trials.ts';
export * from './hooks.ts';
export * from './inbound.ts';
export * from './queries.ts';
