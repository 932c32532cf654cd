export * from './embedded-postgres.ts';
export { findFreePort } from './find-free-port.ts';
