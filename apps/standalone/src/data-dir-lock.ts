import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The process that holds the data directory, as a second start sees it. */
export interface DataDirHolder {
  /** Undefined when the holder did not answer in time (it is stopped or very busy). */
  pid?: number;
  /** The URL of its Admin API; undefined until that is up. */
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
  /** Sets the answer to any later start on the same directory. */
  setAdminUrl(info: { adminUrl: string }): void;
  release(): Promise<void>;
}

/** sockaddr_un has room for 103 bytes on macOS and 107 on Linux; a suffix is added. */
const maxSocketPathBytes = 90;
const answerTimeoutMs = 2_000;
/** How long another start may take between finding no holder and putting its socket in place. */
const replacementMs = 100;

/**
 * Locks the data directory for this process, and creates it if it is missing.
 *
 * The lock is a listening socket: it ends with the process, however that dies, and there is no pid to check. The
 * socket lies in the directory itself, or, where that path is too long for a socket, in the system's directory of
 * temporary files under a hash of the path. It does not keep the process alive.
 *
 * @throws DataDirInUseError
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true });
  const path = await realpath(dataDir);
  const socketPath = chooseSocketPath(path);
  const holder = await askHolder(socketPath);
  if (holder !== undefined) throw new DataDirInUseError(path, describe(holder));

  const id = randomBytes(4).toString('hex');
  const answer: Answer = { id, pid: process.pid };
  const server = await listen(`${socketPath}.${id}`, () => JSON.stringify(answer));
  // Replaces a dead run's socket. No socket is removed, as it may meanwhile be another process's.
  await rename(`${socketPath}.${id}`, socketPath);
  // Another start may have found the same dead socket: the last replacement stays and wins.
  await delay(replacementMs);
  const winner = await askHolder(socketPath);
  if (winner?.id !== id) {
    server.close();
    throw new DataDirInUseError(path, describe(winner ?? {}));
  }
  return {
    setAdminUrl: ({ adminUrl }) => {
      answer.adminUrl = adminUrl;
    },
    release: async () => {
      await rm(socketPath, { force: true });
      server.close();
      await once(server, 'close');
    },
  };
}

function chooseSocketPath(dataDir: string): string {
  const inside = join(dataDir, 'lock.sock');
  if (Buffer.byteLength(inside) <= maxSocketPathBytes) return inside;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
  return join(tmpdir(), `eventhooks-${hash}.sock`);
}

async function listen(socketPath: string, answer: () => string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answer());
  });
  server.unref();
  server.listen(socketPath);
  await once(server, 'listening');
  return server;
}

interface Answer extends DataDirHolder {
  /** The random id of one lock. */
  id?: string;
}

/** @returns undefined when no process listens; an empty answer when one listens but does not answer in time. */
async function askHolder(socketPath: string): Promise<Answer | undefined> {
  const socket = connect(socketPath);
  socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('No answer')));
  try {
    await once(socket, 'connect');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
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

function describe({ pid, adminUrl }: Answer): DataDirHolder {
  return { ...(pid !== undefined && { pid }), ...(adminUrl !== undefined && { adminUrl }) };
}
