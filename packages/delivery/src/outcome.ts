/** How one kind of failure is treated. */
export interface FailureRule {
  /** Whether the retry schedule goes on. False: the same request can never succeed, or the receiver asked to stop. */
  retry: boolean;
  /** Whether it counts against the endpoint's circuit breaker: true when the endpoint is down, overloaded or unreachable. */
  breaker: boolean;
  /** One sentence for people, without values of the request. */
  description: string;
}

/**
 * Every way in which an attempt fails, in one place. The names are stable: they are the `error_code` of attempts, and
 * labels of metrics.
 */
export const failureKinds = {
  dns: { retry: true, breaker: true, description: 'The host name could not be resolved.' },
  connect_refused: { retry: true, breaker: true, description: 'The connection was refused.' },
  connect_timeout: { retry: true, breaker: true, description: 'The connection was not made in time.' },
  unreachable: { retry: true, breaker: true, description: 'No route leads to the address.' },
  tls: { retry: true, breaker: true, description: 'The TLS handshake or the certificate check failed.' },
  proxy: { retry: true, breaker: true, description: 'The outbound proxy refused or failed the request.' },
  timeout: { retry: true, breaker: true, description: 'No status arrived in time.' },
  reset: { retry: true, breaker: true, description: 'The connection was closed before a status arrived.' },
  protocol: { retry: true, breaker: true, description: 'The response had no status that HTTP/1.1 knows.' },
  too_large_headers: { retry: true, breaker: true, description: 'The response headers exceeded 256 KiB.' },
  redirect: { retry: true, breaker: false, description: 'The receiver redirects; redirects are not followed.' },
  gone: { retry: false, breaker: false, description: 'The receiver answered 410: it wants no more deliveries.' },
  http_4xx: { retry: true, breaker: false, description: 'The receiver rejected the request (4xx).' },
  http_429: { retry: true, breaker: true, description: 'The receiver asks for fewer requests (429).' },
  http_5xx: { retry: true, breaker: true, description: 'The receiver failed (5xx).' },
  egress_blocked: { retry: true, breaker: false, description: 'The egress policy forbids the destination.' },
  invalid_request: { retry: false, breaker: false, description: 'The request cannot be sent as it is.' },
  secrets_unreadable: { retry: true, breaker: false, description: "No key of ours opens the hook's secrets." },
  internal: { retry: true, breaker: false, description: 'The attempt failed on our side.' },
  shutdown: { retry: true, breaker: false, description: 'The worker stopped during the attempt.' },
  sandbox_timeout: { retry: true, breaker: false, description: 'The template or lambda exceeded its time limit.' },
  sandbox_memory: { retry: true, breaker: false, description: 'The template or lambda exceeded its memory limit.' },
  sandbox_output: { retry: false, breaker: false, description: 'The result exceeded the output limit.' },
  sandbox_syntax: { retry: false, breaker: false, description: 'The template or lambda could not be compiled.' },
  sandbox_runtime: { retry: true, breaker: false, description: 'The template or lambda raised an error.' },
  sandbox_runner_lost: { retry: true, breaker: false, description: 'The sandbox runner died during the run.' },
} as const satisfies Record<string, FailureRule>;

export type FailureKind = keyof typeof failureKinds;

/** Certificates and keys are PEM text. */
export interface TlsPolicy {
  /** False accepts any certificate of the receiver. */
  verify: boolean;
  /** Trusted instead of the system's roots. */
  ca?: string;
  /** Client certificate chain, with `key`. */
  cert?: string;
  key?: string;
}

/** One request, ready to be sent: rendered, encoded, signed. */
export interface OutboundRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | Buffer | null;
  /** Bounds the whole exchange: resolving, connecting, sending, and reading the response. */
  timeoutMs: number;
  tls: TlsPolicy;
}

export interface ReceivedResponse {
  status: number;
  /** Names in lower case; the values of a repeated header are joined by `, `. About 16 KiB of them at most. */
  headers: Record<string, string>;
  /** The first 4 KiB that arrived, as text: never decompressed, bytes that are not UTF-8 and NUL replaced by U+FFFD. */
  body: string;
  bodyTruncated: boolean;
}

export type AttemptResult =
  | { ok: true; response: ReceivedResponse; durationMs: number }
  | {
      ok: false;
      kind: FailureKind;
      message: string;
      /** Null when no final status arrived. */
      response: ReceivedResponse | null;
      /** The wait that the receiver asks for with 429 or 503, at most 24 hours. */
      retryAfterMs: number | null;
      durationMs: number;
    };
