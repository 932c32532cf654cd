import { readSettings } from '@eventhooks/config';
import { runUntilSignal } from '@eventhooks/operations';
import { startStandalone } from './standalone.ts';

await runUntilSignal(() => startStandalone(readSettings(process.env)));
