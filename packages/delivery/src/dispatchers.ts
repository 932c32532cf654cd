import { Agent, type buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { type ConnectOptions, createGuardedConnector, tlsOptions } from './guarded-connect.ts';
import type { TlsPolicy } from './outcome.ts';
import { maxHeadBytes, readResponses } from './response-reader.ts';

/** The most dispatchers of hooks with their own certificates; beyond that, the least recently used are closed. */
const maxTlsPolicies = 100;

export interface DispatcherOptions extends ConnectOptions {
  headersTimeoutMs: number;
  maxConnectionsPerOrigin: number;
  proxyUrl: string | null;
}

/** The two ways to a receiver under one TLS policy. */
export interface DispatcherPair {
  /** Keeps connections and uses them again. */
  reusing: Dispatcher;
  /** Makes a connection for each request. */
  fresh: Dispatcher;
}

/** One pair of dispatchers, and so one set of keep-alive connections, per TLS policy. */
export class Dispatchers {
  readonly #options: DispatcherOptions;
  readonly #plain: DispatcherPair;
  readonly #secure = new Map<string, DispatcherPair>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#plain = createPair(options, { verify: true });
  }

  find(protocol: string, tls: TlsPolicy): DispatcherPair {
    if (protocol === 'http:') return this.#plain;
    const key =
      tls.ca || tls.cert || tls.key ? JSON.stringify([tls.verify, tls.ca, tls.cert, tls.key]) : `${tls.verify}`;
    const found = this.#secure.get(key) ?? createPair(this.#options, tls);
    this.#secure.delete(key);
    this.#secure.set(key, found);
    if (this.#secure.size > maxTlsPolicies) this.#evictOldest();
    return found;
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const pairs = [this.#plain, ...this.#secure.values()];
    await Promise.all(pairs.flatMap(({ reusing, fresh }) => [reusing.destroy(), fresh.destroy()]));
  }

  #evictOldest(): void {
    for (const [key, { reusing, fresh }] of this.#secure) {
      this.#secure.delete(key);
      // Closing waits for what is under way; it cannot fail. A retry on the fresh one is refused then, as `shutdown`.
      void reusing.close().then(() => fresh.close());
      return;
    }
  }
}

function createPair(options: DispatcherOptions, tls: TlsPolicy): DispatcherPair {
  return { reusing: createDispatcher(options, tls, 1), fresh: createDispatcher(options, tls, 0) };
}

/** @param pipelining requests on one connection at a time; 0 closes the connection after each request */
function createDispatcher(options: DispatcherOptions, tls: TlsPolicy, pipelining: 0 | 1): Dispatcher {
  const common = {
    pipelining,
    connections: options.maxConnectionsPerOrigin,
    // The reader of responses has bounded heads already; this bounds trailers.
    maxHeaderSize: maxHeadBytes,
    headersTimeout: options.headersTimeoutMs,
    // The exchange's own deadline bounds the body.
    bodyTimeout: 0,
    allowH2: false,
  };
  if (options.proxyUrl === null) {
    return new Agent({ ...common, connect: readingResponses(createGuardedConnector(options, tls)) });
  }
  return new ProxyAgent({
    ...common,
    uri: options.proxyUrl,
    // http goes to the proxy in absolute form, as most proxies expect; https through CONNECT.
    proxyTunnel: false,
    proxyTls: { timeout: options.connectTimeoutMs },
    requestTls: { ...tlsOptions(tls), timeout: options.connectTimeoutMs },
    factory: (origin, { connect }: { connect?: buildConnector.connector }) =>
      new Pool(origin, { ...common, connect: connect && readingResponses(connect) }),
  });
}

function readingResponses(connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      readResponses(socket);
      callback(null, socket);
    });
}
