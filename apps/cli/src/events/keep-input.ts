import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from '../exit-codes.ts';

/** Input that can be read twice. */
interface KeptInput extends AsyncDisposable {
  path: string;
}

/** A file is read where it is. What can be read only once, such as a pipe, is copied to a temporary file, which disposal removes. */
export async function keepInput(path: string): Promise<KeptInput> {
  try {
    if (path !== '-' && (await stat(path)).isFile()) return { path, [Symbol.asyncDispose]: async () => undefined };
    const dir = await mkdtemp(join(tmpdir(), 'eventhooks-'));
    const copy = join(dir, 'events.ndjson');
    await pipeline(path === '-' ? process.stdin : createReadStream(path), createWriteStream(copy, { mode: 0o600 }));
    return { path: copy, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}: ${messageOf(error)}`);
  }
}
