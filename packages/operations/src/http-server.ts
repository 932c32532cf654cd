import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpServer {
  /** Its URL, with the chosen port if 0 was asked for. */
  readonly url: string;
  readonly port: number;
  /** Answers requests by `handle` from now on. */
  serve(handle: RequestListener): void;
  /** Ends every connection with its current or next answer (`Connection: close`). New ones are still taken. */
  beginDrain(): void;
  /** Stops listening, and resolves when all requests are answered. Requests that still run after `deadlineMs` are cut. */
  close(deadlineMs: number): Promise<void>;
}

export interface HttpServerOptions {
  host: string;
  /** 0: a free one. */
  port: number;
  /** Named in the message when the port is taken. */
  portSetting: string;
  /** Answers until `serve` names another one. */
  handle: RequestListener;
}

/**
 * Idle connections are kept this long: longer than load balancers keep theirs (60 s in nginx and at AWS), so that a balancer
 * never sends a request into a connection that is being closed.
 */
const keepAliveMs = 75_000;

/** The most connections. Further ones are closed on arrival, so that no client can take all file descriptors and their memory. */
const maxConnections = 4_096;

/** Starts an HTTP server. @throws Error with the setting's name when the port is in use. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const open = new Set<ServerResponse>();
  let draining = false;
  let { handle } = options;
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (draining) response.shouldKeepAlive = false;
    handle(request, response);
  });
  server.maxConnections = maxConnections;
  await listen(server, options);
  const { host } = options;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    serve(next) {
      handle = next;
    },
    beginDrain() {
      draining = true;
      for (const response of open) if (!response.headersSent) response.shouldKeepAlive = false;
    },
    async close(deadlineMs) {
      await acceptPending();
      const closed = new Promise((resolve) => server.close(resolve));
      const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

function listen(server: Server, { host, port, portSetting }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        error.message = `Port ${port} on ${host} is in use. Set ${portSetting} to another one.`;
      }
      reject(error);
    });
    server.listen(port, host, resolve);
  });
}

/**
 * Lets the event loop accept the connections that the kernel has queued, one per turn: closing the listening socket resets the
 * rest. A connection that arrives during the close is still reset, before any of it was read.
 */
async function acceptPending(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
