import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a second start learns of the process that holds the data directory. */
export interface DataDirHolder {
  /** Undefined when the holder did not answer in time (it is stopped or very busy). */
  pid?: number;
  /** Where it serves the Admin API; undefined until it does. */
  adminUrl?: string;
}

/** Another living process uses this data directory. */
export class DataDirInUseError extends Error {
  override name = 'DataDirInUseError';
  readonly dataDir: string;
  readonly holder: DataDirHolder;

  constructor(dataDir: string, holder: DataDirHolder) {
    const who = holder.pid === undefined ? 'another Eventhooks' : `the Eventhooks with pid ${holder.pid}`;
    const where = holder.adminUrl === undefined ? '' : ` (${holder.adminUrl})`;
    super(
      `The data directory ${dataDir} is used by ${who}${where}. Stop it, or set EVENTHOOKS_DATA_DIR to another one.`,
    );
    this.dataDir = dataDir;
    this.holder = holder;
  }
}

export interface DataDirLock {
  /** From now on a second start is told this. */
  announce(info: { adminUrl: string }): void;
  release(): Promise<void>;
}

/** sockaddr_un has room for 103 bytes on macOS and 107 on Linux. */
const MAX_SOCKET_PATH_BYTES = 100;
const ANSWER_TIMEOUT_MS = 2_000;
/** How long another start may take between finding a stale socket and removing it. */
const SETTLE_MS = 100;
const ATTEMPTS = 5;

/**
 * Takes the data directory for this process, making it when it is missing.
 *
 * The lock is a listening socket: it ends with the process, however that dies, and no pid has to be guessed at. The
 * socket lies in the directory itself, or, where that path is too long for a socket, in the system's directory of
 * temporary files under a hash of the path. It does not keep the process alive.
 *
 * @throws DataDirInUseError
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true });
  const path = await realpath(dataDir);
  const socketPath = chooseSocketPath(path);
  const answer: DataDirHolder & { id: string } = { id: randomUUID(), pid: process.pid };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const server = await listen(socketPath, () => JSON.stringify(answer));
    if (server === undefined) {
      const holder = await askHolder(socketPath);
      if (holder !== undefined) throw new DataDirInUseError(path, holder);
      await rm(socketPath, { force: true });
      continue;
    }
    // A start that found the same stale socket may have removed ours instead: the one that can be reached has won.
    await delay(SETTLE_MS);
    const holder = await askHolder(socketPath);
    if (holder?.id !== answer.id) {
      // Closing would remove the winner's socket file; this process is about to end without the lock anyway.
      throw new DataDirInUseError(path, holder ?? {});
    }
    return {
      announce: ({ adminUrl }) => {
        answer.adminUrl = adminUrl;
      },
      release: async () => {
        server.close();
        await once(server, 'close');
      },
    };
  }
  throw new Error(`The socket ${socketPath} can neither be reached nor replaced.`);
}

function chooseSocketPath(dataDir: string): string {
  const inside = join(dataDir, 'lock.sock');
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
  return join(tmpdir(), `eventhooks-${hash}.sock`);
}

async function listen(socketPath: string, answer: () => string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answer());
  });
  server.unref();
  server.listen(socketPath);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** @returns undefined when nobody listens. */
async function askHolder(socketPath: string): Promise<(DataDirHolder & { id?: string }) | undefined> {
  const socket = connect(socketPath);
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('No answer')));
  try {
    await once(socket, 'connect');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : {};
  }
  try {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return JSON.parse(text);
  } catch {
    return {};
  } finally {
    socket.destroy();
  }
}
