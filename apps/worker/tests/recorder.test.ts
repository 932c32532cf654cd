import type { DeliveryRecord } from '@eventhooks/database';
import { newId } from '@eventhooks/database';
import { uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { createRecorder } from '../src/recorder.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let errors: Error[];

beforeEach(async () => {
  worker = await openTestWorker(prefix);
  errors = [];
});
afterEach(async () => {
  await worker.close();
});

const uncounted = { noteDeliveries() {}, noteEvents() {}, close: async () => undefined };
const open = () => createRecorder(worker.context.database, uncounted, (error) => void errors.push(error));
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
    nextAttemptInMs: null,
    attempt: null,
    ...over,
  };
}

test('a record is written again and again while PostgreSQL is away', async () => {
  const recorder = open();
  const kept = record();
  const { pool } = worker.context.database;
  const query = pool.query;
  let failures = 0;
  // What a server that ended the connection answers.
  pool.query = (() => {
    failures += 1;
    return Promise.reject(Object.assign(new Error('terminating connection'), { code: '57P01' }));
  }) as never;
  const written = recorder.record([kept]);
  await waitFor(() => failures >= 2);
  pool.query = query;
  await written;
  expect(await worker.deliveriesOf(kept.hookId)).toHaveLength(1);
  expect(errors.length).toBe(failures);
  await recorder.close();
});

test('a statement that PostgreSQL refuses for good is not repeated', async () => {
  const recorder = open();
  await rename('deliveries', 'deliveries_away');
  await expect(recorder.record([record()])).rejects.toMatchObject({ code: '42P01' });
  expect(errors).toHaveLength(1);
  await rename('deliveries_away', 'deliveries');
  await recorder.close();
});

test('what is recorded later goes together in one statement, and what is left goes at the end', async () => {
  const recorder = open();
  const hookId = newId();
  for (let count = 0; count < 2_500; count += 1) recorder.recordLater(record({ hookId }));
  await recorder.close();
  expect(await worker.deliveriesOf(hookId)).toHaveLength(2_500);
  expect(errors).toEqual([]);
});

test('one refused page does not keep the next from being written', async () => {
  const recorder = open();
  const hookId = newId();
  recorder.recordLater(record({ hookId, event: 'a\0b' }));
  await waitFor(() => errors.length === 1);
  recorder.recordLater(record({ hookId }));
  await waitFor(async () => (await worker.deliveriesOf(hookId)).length === 1);
  await recorder.close();
});
