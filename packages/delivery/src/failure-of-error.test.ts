import { DeliveryError, failureKindOf, failureKindOfStatus, type Progress } from './failure-of-error.ts';
import { failureKinds } from './outcome.ts';

const connecting: Progress = { started: false, secure: false, proxied: false };
const sent: Progress = { ...connecting, started: true };
const handshaking: Progress = { ...connecting, secure: true };
const tunnelling: Progress = { ...handshaking, proxied: true };

test.each<[string, Progress, string]>([
  ['ENOTFOUND', connecting, 'dns'],
  ['ECONNREFUSED', connecting, 'connect_refused'],
  ['UND_ERR_CONNECT_TIMEOUT', connecting, 'connect_timeout'],
  ['ETIMEDOUT', connecting, 'connect_timeout'],
  ['ETIMEDOUT', sent, 'reset'],
  ['EHOSTUNREACH', connecting, 'unreachable'],
  ['ENETUNREACH', connecting, 'unreachable'],
  ['EMFILE', connecting, 'internal'],
  ['ECONNRESET', connecting, 'reset'],
  ['EPIPE', sent, 'reset'],
  ['UND_ERR_SOCKET', sent, 'reset'],
  ['UND_ERR_HEADERS_TIMEOUT', sent, 'timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', sent, 'too_large_headers'],
  ['UND_ERR_INVALID_ARG', connecting, 'invalid_request'],
  ['UND_ERR_DESTROYED', sent, 'shutdown'],
  ['CERT_HAS_EXPIRED', handshaking, 'tls'],
  ['ERR_OSSL_PEM_NO_START_LINE', handshaking, 'tls'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', { ...sent, secure: true }, 'tls'],
  ['ECONNREFUSED', tunnelling, 'proxy'],
  ['ENOTFOUND', tunnelling, 'proxy'],
  ['ECONNRESET', { ...tunnelling, started: true }, 'reset'],
  ['E_UNHEARD_OF', connecting, 'internal'],
  ['ERR_ASSERTION', sent, 'internal'],
])('%s is the right kind for its moment', (code, progress, kind) => {
  expect(failureKindOf(Object.assign(new Error('x'), { code }), progress)).toBe(kind);
});

test('an error of our own keeps its kind, and one without a code is internal', () => {
  expect(failureKindOf(new DeliveryError('egress_blocked', 'x'), sent)).toBe('egress_blocked');
  expect(failureKindOf(new Error('x'), sent)).toBe('internal');
  expect(failureKindOf(null, sent)).toBe('internal');
});

test('only 2xx is success', () => {
  const successes = Array.from({ length: 900 }, (_, index) => index + 100).filter(
    (status) => failureKindOfStatus(status) === null,
  );
  expect([successes.length, successes[0], successes.at(-1)]).toEqual([100, 200, 299]);
});

test('what can never succeed is not retried', () => {
  const final = Object.entries(failureKinds).filter(([, rule]) => !rule.retry);
  expect(final.map(([kind]) => kind)).toEqual(['gone', 'invalid_request', 'sandbox_output', 'sandbox_syntax']);
});
