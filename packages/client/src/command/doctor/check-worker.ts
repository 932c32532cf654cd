import { fetchReadiness } from './check-admin.ts';
import type { Finding } from './doctor.ts';

const MANY_UNDISPATCHED = 10_000;

/** A worker's own view: its dependencies, and what its metrics say. Only workers of this machine are found without being told. */
export async function checkWorker(url: string, isGiven: boolean): Promise<Finding[]> {
  const ready = await fetchReadiness(url);
  if (!ready.ok) {
    const advice =
      'If it runs elsewhere, give its address by --worker-url; the delivery below tells whether any works.';
    return [{ level: isGiven ? 'fault' : 'warning', what: `Worker: ${ready.message}`, advice }];
  }
  const metrics = await fetchMetrics(url);
  return [
    { level: 'ok', what: `A worker answers at ${url}` },
    ...ready.findings,
    ...(metrics ? readMetrics(metrics) : []),
  ];
}

/** Samples by name, summed over their labels. */
async function fetchMetrics(url: string): Promise<Map<string, number> | null> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const sums = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const [, name = '', value = ''] = /^(eventhooks_\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
      if (name !== '') sums.set(name, (sums.get(name) ?? 0) + Number(value));
    }
    return sums;
  } catch {
    return null;
  }
}

function readMetrics(metrics: ReadonlyMap<string, number>): Finding[] {
  const findings: Finding[] = [];
  const undispatched = metrics.get('eventhooks_undispatched_events') ?? 0;
  if (undispatched > MANY_UNDISPATCHED) {
    findings.push({
      level: 'warning',
      what: `${undispatched} events wait to be dispatched`,
      advice: 'Start more workers (npm run worker), or look for what slows them in their logs.',
    });
  } else findings.push({ level: 'ok', what: `  ${undispatched} events wait to be dispatched` });
  const open = metrics.get('eventhooks_breakers_open') ?? 0;
  if (open > 0) {
    findings.push({
      level: 'warning',
      what: `${open} hooks are paused because their endpoints fail`,
      advice:
        'eventhooks deliveries list --status waiting shows their errors; they go on by themselves once the endpoints answer.',
    });
  }
  return findings;
}
