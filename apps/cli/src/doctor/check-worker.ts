import { formatCount } from '../output.ts';
import { fetchReadiness } from './check-admin.ts';
import type { Finding } from './finding.ts';

/** One worker's own view: its dependencies, and the breakers that it knows. */
export async function checkWorker(url: string): Promise<Finding[]> {
  const ready = await fetchReadiness(url);
  if (!ready.ok) {
    const advice = 'The address is that of EVENTHOOKS_WORKER_HOST and EVENTHOOKS_WORKER_PORT where that worker starts.';
    return [{ level: 'fault', what: `Worker: ${ready.message}`, advice }];
  }
  return [{ level: 'ok', what: `A worker answers at ${url}` }, ...ready.findings, ...(await checkBreakers(url))];
}

async function checkBreakers(url: string): Promise<Finding[]> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  const open = Number(/^eventhooks_breakers_open (\d+)$/m.exec((await response?.text()) ?? '')?.[1] ?? 0);
  if (open === 0) return [];
  return [
    {
      level: 'warning',
      what: `${formatCount(open, 'circuit breaker is', 'circuit breakers are')} open, because endpoints fail`,
      advice:
        'To see why: eventhooks deliveries list --status waiting. Deliveries go on by themselves once the endpoints answer.',
    },
  ];
}
