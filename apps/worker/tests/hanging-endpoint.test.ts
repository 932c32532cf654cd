import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let receiver: Receiver;
let nowMs = 0;
/** Answers what hangs. */
let release: () => void;
let hanging: Promise<void>;

beforeEach(async () => {
  hanging = new Promise((resolve) => {
    release = resolve;
  });
  receiver = await startReceiver();
  worker = await openTestWorker(prefix, {}, () => nowMs);
});
afterEach(async () => {
  release();
  await worker.context.attempter.whenIdle();
  await receiver.close();
  await worker.close();
});

const dispatch = async (events = 1) => {
  const { batchId } = await worker.commit(events);
  await worker.dispatch([batchId]);
};
/** Whether a batch would wait for attempts of the hook that begin now. */
const isWaitedFor = async (hookId: string): Promise<boolean> => {
  const { admission, hooks } = worker.context;
  const [admitted] = await admission.admit([{ hookId, hook: hooks.find(hookId), wanted: 1 }], 'event');
  return admitted?.grant != null && admission.isPrompt(admitted.grant);
};
const count = async (hook: string, reason: string) =>
  (await worker.deliveriesOf(hook)).filter((delivery) => delivery.reason === reason).length;
const inFlightAt = (path: string) => receiver.requests.filter(({ url }) => url === path).length;

test('F53 when an endpoint begins to hang, every batch that waits for it lets go at once, and no later one waits', async () => {
  const turning = await worker.createHook(`${receiver.url}/turning`);
  const healthy = await worker.createHook(`${receiver.url}/healthy`);
  await dispatch(10);
  await worker.context.attempter.whenIdle();
  expect(await isWaitedFor(turning)).toBe(true);

  receiver.answerWith(({ url }) => (url === '/turning' ? hanging.then(() => ({})) : {}));
  const startedAt = performance.now();
  const first = dispatch();
  await waitFor(() => inFlightAt('/turning') === 11);
  nowMs += 40;
  const second = dispatch();
  await waitFor(() => inFlightAt('/turning') === 12);
  // Overdue is the first one alone, by the clock of admission.
  nowMs += 20;
  await Promise.all([first, second]);
  // Both had a second.
  expect(performance.now() - startedAt).toBeLessThan(950);
  expect(await count(turning, 'in_flight')).toBe(2);
  expect(await isWaitedFor(turning)).toBe(false);
  expect(await isWaitedFor(healthy)).toBe(true);

  await dispatch();
  expect(await count(turning, 'in_flight')).toBe(3);
  release();
  // Late ends are recorded, and show that the endpoint answers; those that came in time have it waited for again.
  await waitFor(async () => (await worker.deliveriesOf(turning)).every(({ status }) => status === 'succeeded'));
  receiver.answerWith(() => ({}));
  await dispatch(10);
  await worker.context.attempter.whenIdle();
  expect(await isWaitedFor(turning)).toBe(true);
  expect((await worker.deliveriesOf(healthy)).every(({ status }) => status === 'succeeded')).toBe(true);
});

test('F53 after one attempt that hangs among quick ones, batches soon wait for the endpoint again', async () => {
  let hung = 0;
  const hook = await worker.createHook(receiver.url);
  await dispatch(10);
  receiver.answerWith((_, index) => {
    if (index !== 10) return {};
    hung += 1;
    return hanging.then(() => ({}));
  });
  const waiting = dispatch();
  await waitFor(() => hung === 1);
  nowMs += 60;
  await waiting;
  await dispatch(10);
  await waitFor(() => receiver.requests.length === 21);
  await waitFor(() => isWaitedFor(hook));
});

test('F53 a lambda that takes long holds up no batch', async () => {
  const lambda = await worker.createHook(receiver.url, {
    handler: 'lambda',
    config: { language: 'javascript', functions: ['return function () { for (;;); }'] },
  });
  const healthy = await worker.createHook(receiver.url);
  await dispatch();
  await dispatch(20);
  // Each of its runs takes 250 ms until it is ended.
  await waitFor(
    async () => (await worker.deliveriesOf(healthy)).filter(({ status }) => status === 'succeeded').length === 21,
  );
  expect(await count(lambda, 'in_flight')).toBeGreaterThan(0);
}, 60_000);
