import { checkUrl, type UrlCheck } from './check-url.ts';
import { Dispatchers } from './dispatchers.ts';
import type { EgressPolicy } from './egress-policy.ts';
import { failureKindOf, failureKindOfStatus } from './failure-of-error.ts';
import type { AttemptResult, FailureKind, OutboundRequest, ReceivedResponse } from './outcome.ts';
import { limitHeaders } from './recorded-headers.ts';
import { createNameResolver, type ResolveName } from './resolve-name.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import { createExchangeClient, Posting } from './undici-adapter.ts';

export interface DeliveryClientOptions {
  egress: EgressPolicy;
  /** The time from the look-up of the name to the end of the TLS handshake; default 5,000. */
  connectTimeoutMs?: number;
  /** The time from the end of the request to the end of the response's headers. Default 0: only `timeoutMs` of the request bounds it. */
  headersTimeoutMs?: number;
  /**
   * Further requests to the origin wait, within their own deadline. Default 2,048, which is more than a worker has in flight:
   * hooks of one host must not wait for connections that a slow hook among them holds. The permits of each hook bound them first.
   */
  maxConnectionsPerOrigin?: number;
  /** An http or https proxy for every request. It resolves the names, so it must guard them; see docs/egress.md. */
  proxyUrl?: string | null;
  /** Default: DNS by the system's name servers, see `createNameResolver`. */
  resolve?: ResolveName;
}

export interface DeliveryClient {
  /** Makes one attempt. Never rejects: the result tells how it ended. */
  send(request: OutboundRequest): Promise<AttemptResult>;
  /** Ends attempts under way as `shutdown` and closes every connection. Wait for attempts first if they are to finish. */
  close(): Promise<void>;
}

export function createDeliveryClient(options: DeliveryClientOptions): DeliveryClient {
  const proxyUrl = options.proxyUrl ?? null;
  const dispatchers = new Dispatchers({
    egress: options.egress,
    resolve: options.resolve ?? createNameResolver(),
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 0,
    maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? 2_048,
    proxyUrl,
  });
  const http = createExchangeClient();
  const targets = new Targets(options.egress);
  let closed = false;

  async function attempt(request: OutboundRequest): Promise<Outcome> {
    if (closed) return fail('shutdown', 'the delivery client is closed');
    const target = targets.find(request.url);
    if (!target.ok) return fail(target.kind, target.message);
    const { origin, path, protocol } = target;
    const { method, body } = request;
    const posting = new Posting(
      { origin, path, method, headers: listHeaders(request.headers), body },
      request.timeoutMs,
      dispatchers.find(protocol, request.tls),
    );
    const { data: end } = await http.request({ posting });
    if (end.ok) return outcomeOf(end.response);
    const progress = { started: end.started, secure: protocol === 'https:', proxied: proxyUrl !== null };
    return fail(failureKindOf(end.error, progress), describe(end.error));
  }

  return {
    send: async (request) => {
      const startedAt = performance.now();
      let outcome: Outcome;
      try {
        outcome = await attempt(request);
      } catch (error) {
        outcome = fail('internal', String(error));
      }
      return { ...outcome, durationMs: performance.now() - startedAt };
    },
    close: async () => {
      closed = true;
      await dispatchers.destroy();
    },
  };
}

/** Names and values, alternating: the form that costs undici least. */
function listHeaders(headers: Readonly<Record<string, string>>): string[] {
  const list: string[] = [];
  for (const name in headers) list.push(name, toWire(headers[name] ?? ''));
  return list;
}

/** undici writes a character as one byte: a value goes out in UTF-8 when its characters are the bytes of its UTF-8 form. */
function toWire(value: string): string {
  return /[^\0-\x7f]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

type Target = { ok: true; origin: string; path: string; protocol: string } | Exclude<UrlCheck, { ok: true }>;

/** The number of URLs whose check is remembered. With more, all are forgotten. */
const maxTargets = 10_000;

/** Remembers the results of `checkUrl`, which depend on nothing but the text and the policy. Parsing costs 4 µs per attempt. */
class Targets {
  readonly #egress: EgressPolicy;
  readonly #known = new Map<string, Target>();

  constructor(egress: EgressPolicy) {
    this.#egress = egress;
  }

  find(text: string): Target {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const checked = checkUrl(text, this.#egress);
    const target: Target = checked.ok
      ? {
          ok: true,
          origin: checked.url.origin,
          path: checked.url.pathname + checked.url.search,
          protocol: checked.url.protocol,
        }
      : checked;
    if (this.#known.size >= maxTargets) this.#known.clear();
    this.#known.set(text, target);
    return target;
  }
}

type Failed = {
  ok: false;
  kind: FailureKind;
  message: string;
  response: ReceivedResponse | null;
  retryAfterMs: number | null;
};
type Outcome = { ok: true; response: ReceivedResponse } | Failed;

function outcomeOf(received: ReceivedResponse): Outcome {
  const { status } = received;
  const kind = failureKindOfStatus(status);
  const response = { ...received, headers: limitHeaders(received.headers) };
  if (kind === null) return { ok: true, response };
  const waits = status === 429 || status === 503;
  const retryAfterMs = waits ? parseRetryAfterMs(received.headers['retry-after']) : null;
  return { ok: false, kind, message: `the receiver answered ${status}`, response, retryAfterMs };
}

function fail(kind: FailureKind, message: string): Failed {
  return { ok: false, kind, message, response: null, retryAfterMs: null };
}

/** A text for people, at most 500 characters. A connection that was tried at several addresses has a code but no message. */
function describe(error: Error | null): string {
  if (error === null) return '';
  const text = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return text.slice(0, 500);
}
