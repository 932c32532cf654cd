export { type WorkerConfig, workerConfigOf } from './config.ts';
export { createContext } from './context.ts';
export { startWorker } from './server.ts';
