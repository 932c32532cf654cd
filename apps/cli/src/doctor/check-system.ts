import { type Api, isRecord } from '../api.ts';
import type { Finding } from './finding.ts';

const MANY_UNDISPATCHED = 10_000;

/** The processes that the installation knows of, its queue, and what waits. */
export async function checkSystem(api: Api): Promise<Finding[]> {
  const answer = await api.request('GET', '/system');
  if (!answer.ok) {
    return [{ level: 'warning', what: `The installation is not looked over: ${answer.message}` }];
  }
  const system = isRecord(answer.body) ? answer.body : {};
  const processes = Array.isArray(system.processes) ? system.processes.filter(isRecord) : [];
  const alive = processes.filter(({ is_alive }) => is_alive === true);
  return [...checkWorkers(alive), ...checkVersions(alive), ...checkQueue(system)];
}

function checkWorkers(alive: readonly Record<string, unknown>[]): Finding[] {
  const workers = alive.filter(({ kind }) => kind === 'worker');
  if (workers.length === 0) {
    return [
      {
        level: 'fault',
        what: 'No worker is running: events are accepted and not delivered',
        advice: 'Start one on the same DATABASE_URL and REDIS_URL: npm run worker.',
      },
    ];
  }
  const places = workers.map(({ host, pid }) => `${host} (${pid})`).join(', ');
  const findings: Finding[] = [{ level: 'ok', what: `${workers.length} workers: ${places}` }];
  if (!workers.some(({ is_scheduler }) => is_scheduler === true)) {
    findings.push({
      level: 'warning',
      what: 'No worker is the scheduler: what waits for a retry stays waiting',
      advice: 'One takes over within seconds; if none does, look at the logs of the workers.',
    });
  }
  return findings;
}

function checkVersions(alive: readonly Record<string, unknown>[]): Finding[] {
  const versions = [...new Set(alive.map(({ version }) => String(version)))].sort();
  if (versions.length < 2) return [];
  return [
    {
      level: 'warning',
      what: `Processes of several versions are running: ${versions.join(', ')}`,
      advice: 'Fine during an upgrade; otherwise restart the older ones.',
    },
  ];
}

function checkQueue({ queue, undispatched_events }: Record<string, unknown>): Finding[] {
  const findings: Finding[] = [];
  if (isRecord(queue) && queue.jobs === null) {
    findings.push({
      level: 'fault',
      what: 'The queue does not answer',
      advice: 'Is Redis running, and is REDIS_URL right? Events are accepted, and delivered once it is back.',
    });
  }
  const waiting = Number(undispatched_events);
  findings.push({
    level: waiting > MANY_UNDISPATCHED ? 'warning' : 'ok',
    what: `${waiting} events wait to be dispatched`,
    ...(waiting > MANY_UNDISPATCHED && {
      advice: 'Start more workers (npm run worker), or look for what slows them in their logs.',
    }),
  });
  return findings;
}
