export { type WorkerConfig, workerConfigOf } from './config.ts';
export { createContext } from './context.ts';
export { listenForWorker, startWorker } from './server.ts';
