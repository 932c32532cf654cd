import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { deliverBacklogs } from '../src/backlog/deliver-backlogs.ts';
import { createVisits } from '../src/backlog/visits.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  worker = await openTestWorker(prefix);
});
afterEach(async () => {
  receiver.answerWith(() => ({}));
  await receiver.close();
  await worker.context.attempter.whenIdle();
  await worker.close();
});

const deliver = (...hookIds: string[]) =>
  deliverBacklogs({ version: 1, hookIds }, { ...worker.context, visits: createVisits() });
const inFlight = async (hook: string) =>
  (await worker.deliveriesOf(hook)).filter(({ reason }) => reason === 'in_flight').length;

test('what is due is attempted, the one that has been due for longest first', async () => {
  const hook = await worker.createHook(receiver.url, { max_in_flight: 1 });
  const ids = await worker.park(hook, 30);
  await waitFor(async () => {
    await deliver(hook);
    return (await worker.deliveriesOf(hook)).every(({ status }) => status === 'succeeded');
  });
  const places = receiver.requests.map(({ headers }) => ids.indexOf(String(headers['webhook-id'])));
  expect([...places].sort((a, b) => a - b)).toEqual(ids.map((_, place) => place));
  expect(places[0]).toBe(0);
  // One waits for the permit of the one before. If that takes longer than it may wait, as on a busy machine, it is put back.
  const putBack = places.filter((place, index) => place < (places[index - 1] ?? 0));
  expect(putBack.length).toBeLessThanOrEqual(3);
});

test('no more are claimed than there are permits, so that other workers get the rest', async () => {
  receiver.answerWith(() => 'hang');
  const hook = await worker.createHook(receiver.url, { max_in_flight: 5, timeout: 60_000 });
  await worker.park(hook, 50);
  const delivering = deliver(hook);
  await waitFor(() => receiver.requests.length === 5);
  await delivering;
  const claimed = await inFlight(hook);
  expect(receiver.requests).toHaveLength(5);
  // The same number may wait for a permit that should soon be free; the endpoint looked quick when they were claimed.
  expect(claimed).toBeLessThanOrEqual(10);
}, 60_000);

test('the deliveries of a hook that was disabled are cancelled', async () => {
  const hook = await worker.createHook(receiver.url);
  await worker.park(hook, 5);
  await worker.query('UPDATE event_hooks SET enabled = false WHERE id = $1', [hook]);
  await waitFor(() => worker.context.hooks.find(hook)?.enabled === false);
  await deliver(hook);
  expect(receiver.requests).toHaveLength(0);
  expect(await worker.deliveriesOf(hook)).toEqual(
    Array.from({ length: 5 }, () => expect.objectContaining({ status: 'cancelled', reason: 'hook_disabled' })),
  );
});

test('the deliveries of a hook that this worker does not know yet are left for later, not cancelled', async () => {
  const hook = await worker.createHook(receiver.url);
  await worker.park(hook, 3);
  const hooks = { ...worker.context.hooks, find: () => undefined, catchUp: async () => undefined };
  await deliverBacklogs(
    { version: 1, hookIds: [hook] },
    { ...worker.context, hooks: { ...hooks, match: () => [], all: () => [], close() {} }, visits: createVisits() },
  );
  expect((await worker.deliveriesOf(hook)).every(({ status }) => status === 'waiting')).toBe(true);
});

test('what is claimed in the moment of a pause waits as paused, and goes out in its order once the hook is resumed', async () => {
  const hook = await worker.createHook(receiver.url, { max_in_flight: 1 });
  const ids = await worker.park(hook, 30);
  const { hooks } = worker.context;
  const setPaused = async (paused: boolean) => {
    await worker.query('UPDATE event_hooks SET paused = $2, updated_at = now() WHERE id = $1', [hook, paused]);
    await waitFor(() => hooks.find(hook)?.paused === paused);
  };
  // The change becomes known between the claim and the attempts.
  const pausing = { ...hooks, catchUp: () => setPaused(true) };
  await deliverBacklogs({ version: 1, hookIds: [hook] }, { ...worker.context, hooks: pausing, visits: createVisits() });
  expect(receiver.requests).toHaveLength(0);
  const waiting = await worker.deliveriesOf(hook);
  const held = waiting.filter(({ reason }) => reason === 'paused');
  expect(held.length).toBeGreaterThan(0);
  expect(waiting.every(({ reason, due_in_ms }) => reason !== 'in_flight' && (due_in_ms ?? 1) <= 0)).toBe(true);
  await setPaused(false);
  await waitFor(async () => {
    await deliver(hook);
    return (await worker.deliveriesOf(hook)).every(({ status }) => status === 'succeeded');
  });
  expect(receiver.requests.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(ids.toSorted());
}, 60_000);

test('a failed attempt waits for the next step of its schedule', async () => {
  receiver.answerWith(() => ({ status: 500 }));
  const hook = await worker.createHook(receiver.url);
  await worker.park(hook, 1);
  await deliver(hook);
  await worker.context.attempter.whenIdle();
  const delivery = await waitFor(async () =>
    (await worker.deliveriesOf(hook)).find(({ reason }) => reason !== 'in_flight'),
  );
  expect(delivery).toMatchObject({ status: 'waiting', reason: 'retry', error_code: 'http_5xx', attempt_count: 1 });
  expect(delivery?.due_in_ms).toBeGreaterThan(3_000_000);
});
