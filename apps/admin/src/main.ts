import { runUntilSignal } from '@eventhooks/operations';
import { readAdminConfig } from './config.ts';
import { createContext } from './context.ts';
import { listenForAdmin, startAdmin } from './server.ts';

await runUntilSignal(async () => {
  const config = readAdminConfig(process.env);
  const server = await listenForAdmin(config);
  const context = await createContext(config);
  const admin = await startAdmin(context, server);
  return async () => {
    await admin.stop();
    await context.close();
  };
});
