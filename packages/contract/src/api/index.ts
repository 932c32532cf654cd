/** The schemas of what the Admin API takes and answers, as /openapi.json publishes them. */
export * from './access.ts';
export * from './activity.ts';
export * from './answers.ts';
export * from './deliveries.ts';
export * from './events.ts';
export * from './hooks.ts';
