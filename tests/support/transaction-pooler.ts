import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';

export interface TransactionPooler {
  /** The server's URL, with the pooler's address. */
  url: string;
  close(): Promise<void>;
}

/** Types of messages after which the server answers with ReadyForQuery: Query and Sync. */
const ending = new Set(['Q', 'S']);
const idle = 'I';
const sslRequest = 80_877_103;

/**
 * A pooler in transaction mode, as PgBouncer was before it knew prepared statements: between transactions, any client gets any
 * of `sessions` sessions. Clients need no password. A client that leaves within a transaction breaks its session.
 */
export async function startTransactionPooler(targetUrl: string, sessions: number): Promise<TransactionPooler> {
  const servers = await Promise.all(Array.from({ length: sessions }, () => openServer(targetUrl)));
  const free = [...servers];
  const waiting: ((server: ServerSession) => void)[] = [];
  const acquire = (): Promise<ServerSession> => {
    const server = free.pop();
    return server ? Promise.resolve(server) : new Promise((resolve) => waiting.push(resolve));
  };
  const release = (server: ServerSession): void => {
    const next = waiting.shift();
    if (next) next(server);
    // The session that became idle last is handed out first.
    else free.push(server);
  };
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client);
    client.on('error', () => client.destroy());
    client.on('close', () => clients.delete(client));
    serveClient(client, acquire, release).catch(() => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  const url = new URL(targetUrl);
  url.port = String(address.port);
  return {
    url: url.href,
    async close() {
      for (const client of clients) client.destroy();
      listener.close();
      await once(listener, 'close');
      for (const { socket } of servers) socket.destroy();
    },
  };
}

interface ServerSession {
  socket: Duplex;
  messages: AsyncIterator<Message>;
}

interface Message {
  type: string;
  bytes: Buffer;
}

/** Lets pg log in, and takes the connection over from it. */
async function openServer(url: string): Promise<ServerSession> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  const { stream: socket } = client.connection;
  socket.removeAllListeners('data');
  return { socket, messages: readMessages(socket) };
}

/** Hands a client's messages to a session until the transaction has ended, and so on. */
async function serveClient(
  client: Socket,
  acquire: () => Promise<ServerSession>,
  release: (server: ServerSession) => void,
): Promise<void> {
  await welcome(client);
  let server: ServerSession | undefined;
  for await (const { type, bytes } of { [Symbol.asyncIterator]: () => readMessages(client) }) {
    if (type === 'X') client.end();
    if (type === 'X' || client.destroyed) return;
    server ??= await acquire();
    server.socket.write(bytes);
    if (ending.has(type) && (await passAnswers(server, client)) === idle) {
      release(server);
      server = undefined;
    }
  }
}

/** @returns the state of the transaction. */
async function passAnswers(server: ServerSession, client: Socket): Promise<string> {
  for (;;) {
    const { value, done } = await server.messages.next();
    if (done) throw new Error('the server closed the connection');
    client.write(value.bytes);
    if (value.type === 'Z') return String.fromCharCode(value.bytes[5] ?? 0);
  }
}

/** Answers the startup message: any client may come in, and is told a process id that no process has. */
async function welcome(client: Socket): Promise<void> {
  const [startup]: Buffer[] = await once(client, 'data');
  if (startup?.readInt32BE(4) === sslRequest) throw new Error('TLS is not supported');
  const ok = Buffer.alloc(4);
  const key = Buffer.alloc(8, 0x7f);
  client.write(
    Buffer.concat([frame('R', ok), frame('S', 'client_encoding\0UTF8\0'), frame('K', key), frame('Z', idle)]),
  );
}

function frame(type: string, body: Buffer | string): Buffer {
  const content = Buffer.from(body);
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

/** Cuts a stream into messages of PostgreSQL's protocol: a type, the length, the rest. */
async function* readMessages(socket: Duplex): AsyncGenerator<Message> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1;
      yield { type: String.fromCharCode(rest[0] ?? 0), bytes: rest.subarray(0, end) };
      rest = rest.subarray(end);
    }
  }
}
