import { readSettings } from '@eventhooks/contract';
import { runRotateKeys } from './rotate-keys.ts';

try {
  process.exitCode = await runRotateKeys(readSettings(process.env), (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
