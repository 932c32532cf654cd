import { type FailureKind, failureKinds } from '@eventhooks/delivery/outcome';

/** Advice for each kind of failure. */
const ADVICE = {
  dns: 'Check the host name in the hook’s URL.',
  connect_refused: 'Nothing listens there: check that the receiver runs, and the port in the URL.',
  connect_timeout: 'Check that a firewall lets this installation reach the receiver.',
  unreachable: 'Check the address, and the network between here and there.',
  tls: 'Check the receiver’s certificate: its date, its name and its chain. With ssl_verify off it is not checked.',
  proxy: 'Check the outbound proxy that EVENTHOOKS_EGRESS_PROXY names.',
  timeout: 'Answer first and work later, or give the hook a longer timeout.',
  reset: 'Check the receiver’s log: it closed the connection before it had answered.',
  protocol: 'Check that the URL leads to an HTTP server.',
  too_large_headers: 'Make the receiver answer with fewer headers.',
  redirect: 'Set the hook’s URL to where the redirect leads.',
  gone: 'The receiver wanted no more, so the hook was disabled. Enable it once the receiver is back.',
  http_4xx:
    'The receiver refused the request: its answer below usually says why. Check the path, the credentials and the signature.',
  http_429: 'Set a rate limit on the hook, or let the receiver take more.',
  http_5xx: 'Check the receiver’s log. Deliveries go on by themselves once it answers again.',
  egress_blocked:
    'This installation may not reach that address. An operator can allow it with EVENTHOOKS_EGRESS_ALLOW.',
  invalid_request: 'Change the hook: as it is, its request can never be sent.',
  secrets_unreadable: 'Give EVENTHOOKS_SECRET_KEYS the key under which this hook’s secrets were stored.',
  internal: 'Look into the worker’s log.',
  shutdown: 'There is nothing to do: another worker attempts it again.',
  sandbox_timeout: 'Make the template or lambda do less.',
  sandbox_memory: 'Make the template or lambda hold less.',
  sandbox_output: 'Make the template or lambda produce less.',
  sandbox_syntax: 'Correct the template or lambda.',
  sandbox_runtime: 'Read the error below, and correct the template or lambda, or what the event carries.',
  sandbox_runner_lost: 'It is attempted again. If this happens often, look into the worker’s log.',
} as const satisfies Record<FailureKind, string>;

export const FAILURE_CODES: readonly string[] = Object.keys(failureKinds).sort();

/** One sentence about the failure. */
export function describeFailure(code: string): string {
  return isKnown(code) ? failureKinds[code].description : code.replaceAll('_', ' ');
}

/** One sentence of advice, or null. */
export function adviseOn(code: string): string | null {
  return isKnown(code) ? ADVICE[code] : null;
}

function isKnown(code: string): code is FailureKind {
  return Object.hasOwn(failureKinds, code);
}
