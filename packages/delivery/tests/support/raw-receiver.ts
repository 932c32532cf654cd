import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface RawReceiver {
  port: number;
  /** The text of each request, head and body, in order. */
  requests: string[];
  /** Every connection that was accepted. */
  sockets: Socket[];
  close(): Promise<void>;
}

export interface RawReceiverOptions {
  host?: string;
  tls?: TlsOptions;
  /** Takes a connection over, instead of waiting for whole requests. */
  accept?: (socket: Socket) => void;
}

/**
 * A server below HTTP, for receivers that misbehave: calls `respond` once a whole request has arrived, and leaves every byte
 * of the answer to it.
 */
export async function startRawReceiver(
  respond: (socket: Socket, index: number) => void,
  options: RawReceiverOptions = {},
): Promise<RawReceiver> {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const accept = (socket: Socket) => {
    sockets.push(socket);
    let received = '';
    // The client cuts connections. A write that fails then is no fault of the test.
    socket.on('error', () => {});
    if (options.accept) {
      options.accept(socket);
      return;
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isWhole(received)) return;
      requests.push(received);
      received = '';
      respond(socket, requests.length - 1);
    });
  };
  const server = options.tls ? createTlsServer(options.tls, accept) : createTcpServer(accept);
  server.on('tlsClientError', () => {});
  server.listen(0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  return {
    port: address.port,
    requests,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
  return received.length >= end + 4 + length;
}

/** Writes `chunk` for as long as the connection lives, as fast as it takes it. */
export function writeEndlessly(socket: Socket, chunk: string | Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
