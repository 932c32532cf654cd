import type { DeliveryRecord } from '@eventhooks/database';
import { newId } from '@eventhooks/database';
import { uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { createRecordWriter } from '../src/record/record-writer.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let errors: Error[];
let nowMs: number;

beforeEach(async () => {
  worker = await openTestWorker(prefix);
  errors = [];
  nowMs = 0;
});
afterEach(async () => {
  await worker.close();
});

const options = () => ({
  database: worker.context.database,
  activity: { noteDeliveries() {} },
  onError: (error: Error) => void errors.push(error),
  now: () => nowMs,
});
const open = () => createRecordWriter(options());
const rename = (from: string, to: string) => worker.query(`ALTER TABLE ${from} RENAME TO ${to}`);

function record(over: Partial<DeliveryRecord> = {}): DeliveryRecord {
  return {
    id: newId(),
    eventId: newId(),
    hookId: newId(),
    workspace: 'default',
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
    attempt: null,
    ...over,
  };
}

/** Answers every statement as a server that is stopping does. Returns the way to end that. */
function stopPostgres(): () => void {
  const { pool } = worker.context.database;
  const query = pool.query;
  pool.query = (() => Promise.reject(Object.assign(new Error('terminating connection'), { code: '57P01' }))) as never;
  return () => {
    pool.query = query;
  };
}

test('a record is written again and again while PostgreSQL is away', async () => {
  const writer = open();
  const kept = record();
  const start = stopPostgres();
  const written = writer.write([kept]);
  await waitFor(() => errors.length >= 2);
  start();
  await written;
  expect(await worker.deliveriesOf(kept.hookId)).toHaveLength(1);
  await writer.close();
});

test('after ten minutes without PostgreSQL a record is given up, since its lease ran out long ago', async () => {
  const writer = open();
  const start = stopPostgres();
  const written = writer.write([record()]);
  nowMs = 599_000;
  const refused = expect(written).rejects.toThrow('terminating');
  await waitFor(() => errors.length >= 2);
  nowMs = 601_000;
  await refused;
  start();
  await writer.close();
});

test('a statement that PostgreSQL refuses for good is not repeated', async () => {
  const writer = open();
  await rename('deliveries', 'deliveries_away');
  await expect(writer.write([record()])).rejects.toMatchObject({ code: '42P01' });
  expect(errors).toHaveLength(1);
  await rename('deliveries_away', 'deliveries');
  await writer.close();
});

test('a value that fits into no parameter is not tried again', async () => {
  const writer = open();
  await expect(writer.write([record({ responseStatus: 200_000 })])).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  expect(errors).toHaveLength(1);
  await writer.close();
});

test('a writer that keeps failures alone writes the request and response of no success', async () => {
  const writer = createRecordWriter({ ...options(), keep: 'failures' });
  const hookId = newId();
  const facts = { number: 1, startedAtMs: 0, durationMs: 7, errorMessage: null, request: '{}', response: '{}' };
  const success = record({ hookId, attempt: { ...facts, ok: true, errorCode: null } });
  const failure = record({ hookId, status: 'exhausted', attempt: { ...facts, ok: false, errorCode: 'dns' } });
  await writer.write([success, failure]);
  await writer.close();
  expect(await worker.query('SELECT delivery_id FROM attempts')).toEqual([{ delivery_id: failure.id }]);
  const durations = await worker.query('SELECT duration_ms FROM deliveries WHERE hook_id = $1', [hookId]);
  expect(durations).toEqual([{ duration_ms: 7 }, { duration_ms: 7 }]);
});

test('what is written later goes together in one statement, and what is left goes at the end', async () => {
  const writer = open();
  const hookId = newId();
  for (let count = 0; count < 2_500; count += 1) writer.writeLater(record({ hookId }));
  await writer.close();
  expect(await worker.deliveriesOf(hookId)).toHaveLength(2_500);
  expect(errors).toEqual([]);
});

test('one refused page does not keep the next from being written', async () => {
  const writer = open();
  const hookId = newId();
  writer.writeLater(record({ hookId, event: 'a\0b' }));
  await waitFor(() => errors.length === 1);
  writer.writeLater(record({ hookId }));
  await waitFor(async () => (await worker.deliveriesOf(hookId)).length === 1);
  await writer.close();
});
