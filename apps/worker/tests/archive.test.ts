import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ArchivedKind, type Manifest, openArchive } from '@eventhooks/archive';
import {
  commitEvents,
  connectDatabase,
  type Database,
  ensurePartitions,
  firstIdAt,
  newId,
  readArchiveState,
  recordDeliveries,
} from '@eventhooks/database';
import { createLogger, createMetrics, type Metrics } from '@eventhooks/operations';
import {
  createTestDatabase,
  makeTemporaryDirectory,
  type TestDatabase,
  waitFor,
} from '../../../tests/support/index.ts';
import { runCommand } from '../../cli/tests/support/run-command.ts';
import { keepRetention } from '../src/scheduler/keep-retention.ts';

const dayMs = 86_400_000;
const startMs = Math.floor(Date.now() / dayMs - 20) * dayMs;
const day = new Date(startMs).toISOString().slice(0, 10);
const batchId = idAt(startMs + 30_000, 9);

let testDatabase: TestDatabase;
let database: Database;
let directory: string;
let metrics: Metrics;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = connectDatabase(testDatabase.url);
  directory = await makeTemporaryDirectory();
  metrics = createMetrics();
  await fillDay();
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

function idAt(ms: number, n: number): string {
  return `${firstIdAt(ms).slice(0, 13)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

const attempt = {
  number: 1,
  startedAtMs: startMs + 1_000,
  durationMs: 12,
  ok: true,
  errorCode: null,
  errorMessage: null,
  request: '{"method":"POST","headers":{"authorization":"Bearer secret-token"},"body":"{}"}',
  response: '{"status":200,"headers":{"set-cookie":"secret-cookie"},"body":"ok","value":136.0}',
};
const outcome = {
  hookId: newId(),
  source: 'crud',
  event: 'consumers',
  status: 'succeeded',
  reason: null,
  errorCode: null,
  responseStatus: 200,
  attemptCount: 1,
  scheduleStep: 0,
  suppressedCount: null,
  suppressedUntil: null,
  laneKey: null,
  nextAttemptInMs: null,
} as const;

/** Partitions are made for the days around it, too: they are empty. */
const lastDay = new Date(startMs + 7 * dayMs).toISOString().slice(0, 10);
const days = 9;

/** 450 events of `default`, two of them delivered in a batch, and one event of `other` that was delivered alone. */
async function fillDay(): Promise<void> {
  const events = Array.from({ length: 451 }, (_, n) => ({
    id: idAt(startMs + n, n),
    workspace: n === 450 ? 'other' : 'default',
    source: 'crud',
    event: 'consumers',
    data: `{"n":${n}.0}`,
    publisherId: null,
  }));
  await ensurePartitions(database.pool, startMs);
  const committed = await commitEvents(database.pool, events);
  const members = [0, 449].map((n) => ({ ...outcome, id: idAt(startMs + n, n), eventId: idAt(startMs + n, n) }));
  const alone = { ...outcome, id: idAt(startMs + 450, 450), eventId: idAt(startMs + 450, 450) };
  await recordDeliveries(
    database.pool,
    [
      { ...outcome, id: batchId, eventId: batchId, workspace: 'default', attempt, members },
      { ...alone, workspace: 'other', attempt },
    ],
    { batchIds: [committed.batchId ?? ''] },
  );
  // Otherwise it would count as changed a moment ago.
  await database.pool.query(`UPDATE deliveries SET updated_at = now() - interval '10 minutes'`);
}

/** Runs the leader's first round. */
async function runRound(over: { path?: string; archiveWaitMs?: number } = {}): Promise<void> {
  const ending = new AbortController();
  const before = (await readArchiveState(database))?.updated_at.getTime() ?? 0;
  const keeping = keepRetention(
    {
      database,
      metrics,
      logger: createLogger({ service: 'worker', level: 'silent' }),
      retentionMs: 7 * dayMs,
      archiveTarget: { kind: 'directory', path: over.path ?? directory },
      archiveWaitMs: over.archiveWaitMs ?? dayMs,
    },
    ending.signal,
  );
  await waitFor(async () => ((await readArchiveState(database))?.updated_at.getTime() ?? 0) > before);
  ending.abort();
  await keeping;
}

async function countEvents(): Promise<number> {
  return (await database.pool.query('SELECT FROM events')).rowCount ?? 0;
}

/** A file of the day as the archive has it. */
async function read(kind: ArchivedKind, workspace: string): Promise<string> {
  const archive = await openArchive({ kind: 'directory', path: directory });
  const manifest = await archive.readManifest(day);
  const file = manifest?.files.find((one) => one.kind === kind && one.workspace === workspace);
  if (file === undefined) throw new Error(`no ${kind} of ${workspace}`);
  const content = await text(await archive.readLines(file));
  archive.close();
  return content;
}

const parseLines = (content: string): unknown[] =>
  content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a day is archived before it is dropped: each record, with digits as published and without credentials', async () => {
  await runRound();
  expect(await countEvents()).toBe(0);
  expect(await readArchiveState(database)).toMatchObject({ last_day: lastDay, days_waiting: 0, error: null });

  const events = await read('events', 'default');
  expect(events).toContain('"data":{"n":449.0}');
  const lines = parseLines(events);
  expect(lines).toHaveLength(450);
  expect(lines.at(-1)).toMatchObject({ id: idAt(startMs, 0), workspace: 'default', event: 'consumers' });
  expect(parseLines(await read('deliveries', 'default'))).toMatchObject([
    { id: idAt(startMs + 449, 449), status: 'succeeded', batch_id: batchId },
    { id: idAt(startMs, 0), status: 'succeeded', batch_id: batchId },
  ]);
  const attempts = await read('attempts', 'default');
  expect(parseLines(attempts)).toMatchObject([{ delivery_id: batchId, number: 1, ok: true }]);
  const other = await read('attempts', 'other');
  expect(other).toContain('"value":136.0');
  expect(other).toContain('"authorization":null');
  expect(other + attempts).not.toContain('secret-');
}, 60_000);

test('the command line lists an archive and prints its files, and tells of one that is damaged', async () => {
  await runRound();
  const [listed, files, events, nobody] = await Promise.all([
    runCommand(['archive', 'ls', '--json'], { env: { EVENTHOOKS_ARCHIVE: directory } }),
    runCommand(['archive', 'ls', day, '--archive', directory]),
    runCommand(['archive', 'cat', day, 'events', '--archive', `file://${directory}`]),
    runCommand(['archive', 'cat', day, 'events', '--archive', directory, '--workspace', 'nobody']),
  ]);
  expect(JSON.parse(listed.stdout).filter((one: Manifest) => one.files.length > 0)).toMatchObject([
    { day, complete: true, files: [{ kind: 'events', rows: 450 }, { rows: 2 }, { rows: 1 }, {}, {}, {}] },
  ]);
  expect(files.stdout).toMatch(/default +attempts +1 .*other +events +1 /s);
  expect(events).toEqual({ code: 0, stderr: '', stdout: await read('events', 'default') });
  expect(nobody).toMatchObject({ code: 1, stdout: '' });
  await writeFile(join(directory, day, 'default', 'events.ndjson.gz'), 'x');
  expect((await runCommand(['archive', 'cat', day, 'events', '--archive', directory])).code).toBe(4);
}, 120_000);

test('while the archive is away the day stays and the fault is kept, for as long as the wait; back again, the day is archived', async () => {
  const path = join(directory, 'occupied');
  await writeFile(path, 'not a directory');
  await runRound({ path });
  await runRound({ path });
  expect(await countEvents()).toBe(451);
  const state = await readArchiveState(database);
  expect(state).toMatchObject({ last_day: null, days_waiting: days, error: expect.stringContaining('ENOTDIR') });
  expect(state?.failing_since?.getTime()).toBeLessThan(state?.updated_at.getTime() ?? 0);
  await runRound();
  expect(await readArchiveState(database)).toMatchObject({ last_day: lastDay, error: null, failing_since: null });

  await fillDay();
  await runRound({ path, archiveWaitMs: 1 });
  await runRound({ path, archiveWaitMs: 1 });
  expect(await countEvents()).toBe(0);
  const lost = (await metrics.archivedDays.get()).values.find(({ labels }) => labels.result === 'lost');
  expect(lost?.value).toBe(days);
}, 60_000);

test('a day of which a part is archived is completed, unless it has changed since; then it is archived anew', async () => {
  const archive = await openArchive({ kind: 'directory', path: directory });
  await mkdir(join(directory, day));
  const kept = await archive.writeFile(
    { day, workspace: 'default', kind: 'events' },
    (async function* () {
      yield ['{"from":"an earlier worker"}'];
    })(),
  );
  const manifest = { installation: 'one', day, complete: false, files: [kept] };
  await archive.writeManifest({ ...manifest, read_from: new Date().toISOString() });
  await runRound();
  expect(await read('events', 'default')).toBe('{"from":"an earlier worker"}\n');
  expect((await archive.readManifest(day))?.files).toHaveLength(6);

  await fillDay();
  await archive.writeManifest({ ...manifest, read_from: new Date(Date.now() - dayMs).toISOString() });
  await runRound();
  expect((await read('events', 'default')).split('\n')).toHaveLength(451);

  await fillDay();
  await database.pool.query('UPDATE deliveries SET updated_at = now() WHERE id = $1', [idAt(startMs, 0)]);
  await runRound();
  expect(await countEvents()).toBe(451);
  archive.close();
}, 120_000);
