import type { PrintedSystem } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import { formatCount } from '../output.ts';
import type { Finding } from './finding.ts';

const manyUndispatched = 10_000;

/** Checks the installation's processes, its queue, and the number of waiting events. */
export async function checkSystem(api: Api): Promise<Finding[]> {
  const answer = await api.request('GET /system');
  if (!answer.ok) {
    return [{ level: 'warning', what: `The processes could not be checked: ${answer.message}` }];
  }
  const alive = answer.body.processes.filter(({ is_alive }) => is_alive);
  return [...checkWorkers(alive), ...checkVersions(alive), ...checkQueue(answer.body), ...checkArchive(answer.body)];
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
  const findings: Finding[] = [
    { level: 'ok', what: `${formatCount(workers.length, 'worker is', 'workers are')} running: ${places}` },
  ];
  if (!workers.some(({ is_scheduler }) => is_scheduler)) {
    findings.push({
      level: 'warning',
      what: 'No worker is the scheduler: deliveries that wait for a retry stay waiting',
      advice: 'A worker takes this over within seconds. If none does, the logs of the workers say why.',
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
      advice: 'That is fine during an upgrade. Otherwise restart the older ones.',
    },
  ];
}

function checkArchive({ archive }: PrintedSystem): Finding[] {
  if (archive === null) return [];
  if (archive.error === null) return [{ level: 'ok', what: 'The archive takes the days that retention drops' }];
  return [
    {
      level: 'warning',
      what: `The archive fails: ${archive.error} (${formatCount(archive.days_waiting, 'day waits', 'days wait')})`,
      advice: 'See docs/archive.md, "When the archive is away". The disk of PostgreSQL fills meanwhile.',
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
    what: `${formatCount(waiting, 'event waits', 'events wait')} to be dispatched`,
    ...(waiting > manyUndispatched && {
      advice: 'Start more workers (npm run worker), or find in their logs what slows them down.',
    }),
  });
  return findings;
}
