import { messageOf } from '@eventhooks/contract/message-of';
import { type Api, isRecord } from '../api.ts';
import type { Finding } from './finding.ts';

/** Without TLS, anybody on the network's path can read the token. */
export function checkTransport(api: Api): Finding[] {
  const { protocol, hostname } = new URL(api.url);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (protocol === 'https:' || isLocal || !api.hasToken) return [];
  return [
    {
      level: 'warning',
      what: `The token travels to ${hostname} unencrypted`,
      advice: 'Put a TLS proxy in front of the Admin API and use https.',
    },
  ];
}

/** Checks that the Admin API answers, that its dependencies are ready, and that it accepts the token. */
export async function checkAdmin(api: Api): Promise<{ isUsable: boolean; findings: Finding[] }> {
  const ready = await fetchReadiness(api.url);
  if (!ready.ok) {
    const advice =
      'Start it (npm start, or npm run admin), or name another server with --url, EVENTHOOKS_URL or eventhooks login.';
    return { isUsable: false, findings: [{ level: 'fault', what: `Admin API: ${ready.message}`, advice }] };
  }
  const findings: Finding[] = [{ level: 'ok', what: `The Admin API answers at ${api.url}` }, ...ready.findings];
  const answer = await api.request('GET /event-hooks', { query: { size: 1 } });
  if (answer.ok) return { isUsable: true, findings };
  const status = answer.kind === 'unreachable' ? 0 : answer.status;
  const advice =
    status === 401
      ? 'Give a token with --token or EVENTHOOKS_TOKEN, or save one with eventhooks login.'
      : status === 403
        ? "It takes a token with the role 'admin' or 'viewer' that opens this workspace."
        : status === 404
          ? 'Is it an Eventhooks server, and does the workspace exist?'
          : 'The log of the admin says more.';
  return { isUsable: false, findings: [...findings, { level: 'fault', what: answer.message, advice }] };
}

const ADVICE: Readonly<Record<string, string>> = {
  database: 'Is PostgreSQL running, and is DATABASE_URL right? Without it no event is accepted.',
  queue: 'Is Redis running, and is REDIS_URL right? Events are accepted without it, and delivered once it is back.',
  listener: 'The connection that tells of changes is being made again. If it stays like this, the log says why.',
};

type Readiness = { ok: true; findings: Finding[] } | { ok: false; message: string };

/** One finding per dependency of a process, from its `/readyz`. */
export async function fetchReadiness(url: string): Promise<Readiness> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) });
    const body: unknown = await response.json();
    if (!isRecord(body) || !isRecord(body.checks))
      return { ok: false, message: `${url}/readyz answers something else` };
    const findings = Object.entries(body.checks).map(([name, check]): Finding => {
      if (isRecord(check) && check.status === 'ok') return { level: 'ok', what: `  ${name} is ready` };
      const reason = isRecord(check) ? `: ${check.error}` : '';
      return { level: 'fault', what: `  ${name} is not ready${reason}`, ...(ADVICE[name] && { advice: ADVICE[name] }) };
    });
    return { ok: true, findings };
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    return {
      ok: false,
      message: `${url} cannot be reached: ${messageOf(cause ?? error)}`,
    };
  }
}

const MAX_SKEW_SECONDS = 30;

/** Receivers refuse signatures whose time is too far from their own. */
export async function checkClock(api: Api): Promise<Finding> {
  const response = await fetch(`${api.url}/healthz`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  const date = Date.parse(response?.headers.get('date') ?? '');
  const skewSeconds = Math.round(Math.abs(date - Date.now()) / 1000);
  if (Number.isNaN(skewSeconds)) return { level: 'warning', what: 'The server does not tell its time' };
  if (skewSeconds <= MAX_SKEW_SECONDS) return { level: 'ok', what: "The server's clock agrees with this machine's" };
  return {
    level: 'warning',
    what: `The server's clock and this machine's differ by ${skewSeconds} s`,
    advice: 'Set both clocks by NTP: receivers refuse signatures that are minutes old.',
  };
}
