import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLossless } from '@eventhooks/contract/exact-json';
import { CommandFailure, EXIT } from './exit-codes.ts';

/** Opens JSON in `$VISUAL` or `$EDITOR` (else vi), and returns what was saved. */
export async function editJson(value: unknown): Promise<unknown> {
  const dir = await mkdtemp(join(tmpdir(), 'eventhooks-'));
  const file = join(dir, 'data.json');
  try {
    await writeFile(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
    // The variable may hold arguments ('code --wait'), so a shell splits it; the file is a separate argument.
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new CommandFailure(EXIT.usage, `The editor '${editor}' ended with ${code}; nothing was sent`);
    return parseLossless(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new CommandFailure(EXIT.usage, `The saved text is not JSON: ${error.message}`);
    throw error;
  } finally {
    await rm(dir, { recursive: true });
  }
}
