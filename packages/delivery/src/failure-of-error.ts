import type { FailureKind } from './outcome.ts';

/** A failure that our own code detects; `kind` is final. */
export class DeliveryError extends Error {
  override name = 'DeliveryError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** How far an exchange had come when it failed without a status: one code means different things at different moments. */
export interface Progress {
  /** The request was handed to a connection. */
  started: boolean;
  secure: boolean;
  proxied: boolean;
}

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'connect_refused',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'too_large_headers',
  UND_ERR_INVALID_ARG: 'invalid_request',
  UND_ERR_NOT_SUPPORTED: 'invalid_request',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'invalid_request',
  UND_ERR_PRX_TLS: 'proxy',
  UND_ERR_CLOSED: 'shutdown',
  UND_ERR_DESTROYED: 'shutdown',
  EPROTO: 'tls',
  EMFILE: 'internal',
  ENFILE: 'internal',
  ENOBUFS: 'internal',
  ENOMEM: 'internal',
  EADDRNOTAVAIL: 'internal',
};

/** The kinds that mean a proxy which cannot be reached or used, as long as no request was handed to a connection. */
const proxyKinds: ReadonlySet<FailureKind> = new Set(['dns', 'connect_refused', 'connect_timeout', 'unreachable']);

/** The stable kind of an error of undici, of Node's sockets, or of our own. */
export function failureKindOf(error: Error | null, progress: Progress): FailureKind {
  if (error === null) return 'internal';
  if (error instanceof DeliveryError) return error.kind;
  const code = 'code' in error ? String(error.code) : '';
  const kind = kindWithoutCode(error, progress) ?? kindOfCode(code, progress);
  return progress.proxied && !progress.started && proxyKinds.has(kind) ? 'proxy' : kind;
}

/** Errors that undici distinguishes by their texts only. */
function kindWithoutCode({ name, message }: Error, progress: Progress): FailureKind | null {
  if (name === 'HTTPParserError') return message.includes('Invalid EOF state') ? 'reset' : 'protocol';
  if (message === 'bad response' || message === 'bad upgrade') return 'protocol';
  if (progress.proxied && message.startsWith('Proxy ')) return 'proxy';
  return null;
}

function kindOfCode(code: string, progress: Progress): FailureKind {
  if (code === 'ETIMEDOUT' && progress.started) return 'reset';
  const kind = kindByCode[code];
  if (kind !== undefined) return kind;
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls';
  // OpenSSL's certificate faults have a name each (`CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …).
  return progress.secure && !progress.started ? 'tls' : 'internal';
}

const kindByStatus: Readonly<Record<number, FailureKind>> = { 410: 'gone', 429: 'http_429' };

/** The kind of failure that a final status means; null for success (2xx). */
export function failureKindOfStatus(status: number): FailureKind | null {
  const kind = kindByStatus[status];
  if (kind !== undefined) return kind;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'redirect';
  if (status >= 400 && status < 500) return 'http_4xx';
  return status >= 500 && status < 600 ? 'http_5xx' : 'protocol';
}
