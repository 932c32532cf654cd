export * from './redis-url.ts';
export * from './settings.ts';
export * from './tls-material.ts';
