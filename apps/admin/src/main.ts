import { runUntilSignal } from '@eventhooks/operations';
import { readAdminConfig } from './config.ts';
import { createContext } from './context.ts';
import { startAdmin } from './server.ts';

await runUntilSignal(async () => {
  const context = await createContext(readAdminConfig(process.env));
  const admin = await startAdmin(context);
  return async () => {
    await admin.stop();
    await context.close();
  };
});
