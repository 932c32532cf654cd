import { runUntilSignal } from '@eventhooks/operations';
import { readWorkerConfig } from './config.ts';
import { createContext } from './context.ts';
import { listenForWorker, startWorker } from './server.ts';

await runUntilSignal(async () => {
  const config = readWorkerConfig(process.env);
  const server = await listenForWorker(config);
  const context = await createContext(config);
  const worker = await startWorker(context, server);
  return async () => {
    await worker.stop();
    await context.close();
  };
});
