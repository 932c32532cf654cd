import { runUntilSignal } from '@eventhooks/operations';
import { readWorkerConfig } from './config.ts';
import { createContext } from './context.ts';
import { startWorker } from './server.ts';

await runUntilSignal(async () => {
  const context = await createContext(readWorkerConfig(process.env));
  const worker = await startWorker(context);
  return async () => {
    await worker.stop();
    await context.close();
  };
});
