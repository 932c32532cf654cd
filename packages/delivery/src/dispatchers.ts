import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type ConnectOptions, createGuardedConnector, tlsOptions } from './guarded-connect.ts';
import type { TlsPolicy } from './outcome.ts';

/** Dispatchers of hooks with certificates of their own; the one used least recently is closed when there are more. */
const MAX_TLS_POLICIES = 100;
const MAX_HEADER_BYTES = 16 * 1024;

export interface DispatcherOptions extends ConnectOptions {
  headersTimeoutMs: number;
  maxConnectionsPerOrigin: number;
  proxyUrl: string | null;
}

/** One dispatcher, and so one set of keep-alive connections, per TLS policy. */
export class Dispatchers {
  readonly #options: DispatcherOptions;
  readonly #plain: Dispatcher;
  readonly #secure = new Map<string, Dispatcher>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#plain = createDispatcher(options, { verify: true });
  }

  find(protocol: string, tls: TlsPolicy): Dispatcher {
    if (protocol === 'http:') return this.#plain;
    const key =
      tls.ca || tls.cert || tls.key ? JSON.stringify([tls.verify, tls.ca, tls.cert, tls.key]) : `${tls.verify}`;
    const found = this.#secure.get(key) ?? createDispatcher(this.#options, tls);
    this.#secure.delete(key);
    this.#secure.set(key, found);
    if (this.#secure.size > MAX_TLS_POLICIES) this.#evictOldest();
    return found;
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    await Promise.all([this.#plain, ...this.#secure.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #evictOldest(): void {
    for (const [key, dispatcher] of this.#secure) {
      this.#secure.delete(key);
      // Closing waits for what is under way; it cannot fail.
      void dispatcher.close();
      return;
    }
  }
}

function createDispatcher(options: DispatcherOptions, tls: TlsPolicy): Dispatcher {
  const common = {
    connections: options.maxConnectionsPerOrigin,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: options.headersTimeoutMs,
    // The exchange's own deadline bounds the body.
    bodyTimeout: 0,
  };
  if (options.proxyUrl === null) return new Agent({ ...common, connect: createGuardedConnector(options, tls) });
  return new ProxyAgent({
    ...common,
    uri: options.proxyUrl,
    // http goes to the proxy in absolute form, as most proxies expect; https through CONNECT.
    proxyTunnel: false,
    proxyTls: { timeout: options.connectTimeoutMs },
    requestTls: { ...tlsOptions(tls), timeout: options.connectTimeoutMs },
  });
}
