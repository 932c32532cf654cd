import type { PrintedSystem } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import type { Finding } from './finding.ts';

const manyUndispatched = 10_000;

/** Checks the installation's processes, its queue, and the number of waiting events. */
export async function checkSystem(api: Api): Promise<Finding[]> {
  const answer = await api.request('GET /system');
  if (!answer.ok) {
    return [{ level: 'warning', what: `The installation is not looked over: ${answer.message}` }];
  }
  const alive = answer.body.processes.filter(({ is_alive }) => is_alive);
  return [...checkWorkers(alive), ...checkVersions(alive), ...checkQueue(answer.body)];
}

function checkWorkers(alive: PrintedSystem['processes']): Finding[] {
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
  if (!workers.some(({ is_scheduler }) => is_scheduler)) {
    findings.push({
      level: 'warning',
      what: 'No worker is the scheduler: what waits for a retry stays waiting',
      advice: 'One takes over within seconds; if none does, look at the logs of the workers.',
    });
  }
  return findings;
}

function checkVersions(alive: PrintedSystem['processes']): Finding[] {
  const versions = [...new Set(alive.map(({ version }) => version))].sort();
  if (versions.length < 2) return [];
  return [
    {
      level: 'warning',
      what: `Processes of several versions are running: ${versions.join(', ')}`,
      advice: 'Fine during an upgrade; otherwise restart the older ones.',
    },
  ];
}

function checkQueue({ queue, undispatched_events: waiting }: PrintedSystem): Finding[] {
  const findings: Finding[] = [];
  if (queue.jobs === null) {
    findings.push({
      level: 'fault',
      what: 'The queue does not answer',
      advice: 'Is Redis running, and is REDIS_URL right? Events are accepted, and delivered once it is back.',
    });
  }
  for (const what of queue.warnings) {
    findings.push({ level: 'warning', what, advice: 'See docs/redis.md, "What the server needs".' });
  }
  findings.push({
    level: waiting > manyUndispatched ? 'warning' : 'ok',
    what: `${waiting} events wait to be dispatched`,
    ...(waiting > manyUndispatched && {
      advice: 'Start more workers (npm run worker), or look for what slows them in their logs.',
    }),
  });
  return findings;
}
