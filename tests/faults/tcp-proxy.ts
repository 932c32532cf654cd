import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between the processes and a server, so that their connections can fail while both ends live. */
export interface TcpProxy {
  /** The server's URL, with the proxy's address. */
  url: string;
  /** Resets every connection. */
  cut(): void;
  /** Open connections go silent for good, as behind a router that forgot them: nothing arrives, and nothing is reset. New ones work. */
  silence(): void;
  /** Resets every connection, and takes no new one until `accept`. */
  refuse(): void;
  accept(): void;
  /** New connections lead to the server of `targetUrl` from now on. */
  moveTo(targetUrl: string): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  let target = new URL(targetUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;

  const server = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [socket, other] of [pair, [upstream, client] as const]) {
      socket.setNoDelay(true);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
      socket.pipe(other);
    }
  });
  const cut = (): void => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port');
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    cut,
    silence() {
      for (const pair of pairs) {
        for (const socket of pair) {
          socket.unpipe();
          socket.resume();
        }
      }
    },
    refuse() {
      refusing = true;
      cut();
    },
    accept() {
      refusing = false;
    },
    moveTo(nextUrl) {
      target = new URL(nextUrl);
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
