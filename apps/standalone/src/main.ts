import { readSettings } from '@eventhooks/contract';
import { runUntilSignal } from '@eventhooks/telemetry';
import { startStandalone } from './standalone.ts';

await runUntilSignal(() => startStandalone(readSettings(process.env)));
