export { digestOf } from './digest.ts';
export { createPostgresSuppression, type PostgresSuppressionOptions } from './postgres-suppression.ts';
export { createRedisSuppression, type RedisSuppressionOptions } from './redis-suppression.ts';
export { suppressionFunctions } from './sql-functions.ts';
export type { FiringDecision, FiringRequest, Suppression } from './suppression.ts';
