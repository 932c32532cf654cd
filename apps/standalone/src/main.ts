import { readAdminSettings } from '@eventhooks/admin';
import { runUntilSignal } from '@eventhooks/operations';
import { startStandalone } from './standalone.ts';

await runUntilSignal(() => startStandalone(readAdminSettings(process.env)));
