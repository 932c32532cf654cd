import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startReceiver } from '../support/receiver.ts';
import type { Fleet } from './fleet.ts';
import { eventKinds, Ledger } from './ledger.ts';
import { type Publisher, type PublisherReport, startPublisher } from './publisher.ts';
import type { Random } from './random.ts';

/** A fleet with its hooks, its publisher, its receiver, and the ledger between the two. */
export interface Deployment {
  name: string;
  fleet: Fleet;
  ledger: Ledger;
  publisher: Publisher;
  /** Whether everything accepted until `time` has arrived, and every process is ready. */
  isWell(time: number): Promise<boolean>;
  /** Says what is missing, for the report. */
  describe(): Promise<string>;
  close(): Promise<void>;
}

export async function deploy(name: string, fleet: Fleet, random: Random): Promise<Deployment> {
  await fleet.waitUntilReady();
  let ledger: Ledger | undefined;
  const receiver = await startReceiver(
    ({ headers, url }) => {
      const id = headers['webhook-id'];
      if (typeof id === 'string') ledger?.arrive(id, url);
      // A retry holds up what follows it in its lane for a second or two. More of them would be more than a lane can
      // make up for.
      return url === '/ordered' && random.below(1_000) === 0 ? { status: 500 } : {};
    },
    { keepRequests: false },
  );
  const createHook = async (hook: Record<string, unknown>): Promise<string> => {
    const response = await fetch(`${fleet.admin.app.url}/event-hooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ source: 'crud', ...hook }),
    });
    if (response.status !== 201) throw new Error(`hook refused: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  const always = {
    consumers: await createHook({ event: 'consumers', handler: 'webhook', config: { url: `${receiver.url}/always` } }),
    routes: await createHook({
      event: 'routes',
      handler: 'webhook-custom',
      config: { url: `${receiver.url}/always`, method: 'POST', payload: { text: '{{ tag }}/{{ n }}' } },
    }),
  };
  const snoozed = await createHook({
    event: 'consumers',
    handler: 'webhook',
    snooze: 86_400,
    config: { url: `${receiver.url}/snoozed` },
  });
  const ordered = await createHook({
    event: 'consumers',
    handler: 'webhook',
    order_by: 'data.lane',
    retry: { schedule: Array.from({ length: 20 }, () => '1s') },
    config: { url: `${receiver.url}/ordered` },
  });
  const opened = new Ledger({ always, snoozed, ordered });
  ledger = opened;
  const publisher = startPublisher(name, () => fleet.admin.app.url, opened, random);
  return {
    name,
    fleet,
    ledger: opened,
    publisher,
    isWell: async (time) => opened.missing(time).length === 0 && (await fleet.isReady()),
    async describe() {
      const ready = (await fleet.isReady()) ? 'all ready' : 'a process is not ready';
      return `${opened.missing().length} deliveries missing, ${ready}`;
    },
    close: () => receiver.close(),
  };
}

/** Checks the promises at the end, when nothing is published any more. Returns those that are broken. */
export async function findLosses(deployment: Deployment, databaseUrl: string, redisLosses: number): Promise<string[]> {
  const { ledger, fleet, publisher } = deployment;
  const faults = [...fleet.deaths, ...new Set(publisher.report().violations)];
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    faults.push(...(await waitForRest(client, fleet)));
    const stored = await client.query<{ id: string }>('SELECT id FROM events');
    const ids = new Set(stored.rows.map(({ id }) => id));
    const lost = [...ledger.accepted].filter((id) => !ids.has(id));
    if (lost.length > 0) faults.push(`${lost.length} accepted events are not in PostgreSQL`);
    faults.push(...(await findHalves(client, publisher.report())));
    faults.push(...(await findUndelivered(client)));
  } finally {
    await client.end();
  }
  if (ledger.missing().length > 0) faults.push(`${ledger.missing().length} deliveries never arrived`);
  const overtakings = ledger.findOvertakings();
  if (overtakings.length > 0)
    faults.push(`${overtakings.length} deliveries overtook others of their key: ${overtakings[0]}`);
  if (ledger.snoozedFirings < 1 || ledger.snoozedFirings > 1 + redisLosses) {
    faults.push(`a snoozed hook fired ${ledger.snoozedFirings} times, with ${redisLosses} losses of its state`);
  }
  return faults;
}

/** Waits until nothing waits: no batch, no delivery, no job. */
async function waitForRest(client: pg.Client, fleet: Fleet): Promise<string[]> {
  const restDeadline = performance.now() + 90_000;
  let busy = '';
  while (performance.now() < restDeadline) {
    const { rows } = await client.query<{ batches: number; waiting: number }>(
      `SELECT (SELECT count(*)::int FROM dispatch_batches) AS batches,
        (SELECT count(*)::int FROM deliveries WHERE next_attempt_at IS NOT NULL) AS waiting`,
    );
    const [worker] = fleet.workers;
    const metrics = await fetch(`${worker?.app.url}/metrics`).then(
      (response) => response.text(),
      () => 'eventhooks_queue_jobs{} 1',
    );
    const jobs = metrics.split('\n').filter((line) => /^eventhooks_(queue_jobs\{|undispatched).* [1-9]/.test(line));
    busy = `${rows[0]?.batches} batches, ${rows[0]?.waiting} deliveries waiting, jobs: ${jobs.join('; ')}`;
    if (rows[0]?.batches === 0 && rows[0].waiting === 0 && jobs.length === 0) return [];
    await sleep(250);
  }
  return [`not at rest: ${busy}`];
}

/** Finds requests that were accepted in part, or twice. */
async function findHalves(client: pg.Client, { givenUp, taken }: PublisherReport): Promise<string[]> {
  const { rows } = await client.query<{ tag: string; events: number }>(
    `SELECT data::json ->> 'tag' AS tag, count(*)::int AS events FROM events
     WHERE source = 'crud' AND event = ANY($1) GROUP BY 1`,
    [eventKinds],
  );
  const stored = new Map(rows.map(({ tag, events }) => [tag, events]));
  const faults: string[] = [];
  for (const [tag, events] of taken) {
    if (stored.get(tag) !== events) faults.push(`request ${tag} of ${events} events is stored as ${stored.get(tag)}`);
  }
  for (const [tag, events] of givenUp) {
    const found = stored.get(tag) ?? 0;
    if (found !== 0 && found !== events) faults.push(`request ${tag} of ${events} events was taken in part: ${found}`);
  }
  return faults.slice(0, 10);
}

/** Finds events with deliveries that are missing or have not ended. */
async function findUndelivered(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ event: string; statuses: string; events: number }>(
    `SELECT event, statuses, count(*)::int AS events FROM (
       SELECT events.id, events.event, string_agg(deliveries.status, '+' ORDER BY deliveries.status) AS statuses
       FROM events LEFT JOIN deliveries ON deliveries.event_id = events.id
       WHERE events.source = 'crud' AND events.event = ANY($1) GROUP BY 1, 2
     ) AS each GROUP BY 1, 2`,
    [eventKinds],
  );
  const expected = [
    'consumers succeeded+succeeded+suppressed',
    'consumers succeeded+succeeded+succeeded',
    'routes succeeded',
  ];
  return rows
    .filter(({ event, statuses }) => !expected.includes(`${event} ${statuses}`))
    .map(({ event, statuses, events }) => `${events} events ${event} have the deliveries ${statuses}`);
}
