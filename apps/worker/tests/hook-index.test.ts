import { uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import { createHookIndex, type HookIndex } from '../src/hooks/hook-index.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
const name = { source: 'crud', event: 'consumers' };
let worker: TestWorker;
const opened: HookIndex[] = [];

beforeAll(async () => {
  worker = await openTestWorker(prefix);
});
afterEach(async () => {
  for (const index of opened.splice(0)) index.close();
  await worker.query('DELETE FROM event_hooks');
});
afterAll(async () => {
  await worker.close();
});

async function open(changes: Partial<Parameters<typeof createHookIndex>[0]> = {}): Promise<HookIndex> {
  const index = await createHookIndex({ ...worker.context, onError: () => undefined, ...changes });
  opened.push(index);
  return index;
}
/** Hears of nothing. */
const deaf = { subscribe: () => () => undefined, isConnected: () => true, close: async () => undefined };
const version = async () => {
  const [row] = await worker.query<{ version: string }>('SELECT version FROM configuration_version');
  return BigInt(row?.version ?? 0);
};

test('a changed hook is read again when PostgreSQL notifies', async () => {
  const index = await open();
  const id = await worker.createHook('http://127.0.0.1:1/');
  await waitFor(() => index.match('default', [name]).length === 1);
  await worker.query('UPDATE event_hooks SET enabled = false WHERE id = $1', [id]);
  await waitFor(() => index.match('default', [name]).length === 0);
  expect(index.find(id)?.enabled).toBe(false);
  await worker.query('DELETE FROM event_hooks');
  await waitFor(() => index.find(id) === undefined);
});

test('catching up by version reads everything when no notification comes', async () => {
  const index = await open({ listener: deaf });
  const id = await worker.createHook('http://127.0.0.1:1/');
  expect(index.find(id)).toBeUndefined();
  await index.catchUp(await version());
  expect(index.find(id)?.id).toBe(id);
});

test('catching up to a version that is known costs no query, and to a new one waits for the notification first', async () => {
  const index = await open();
  await index.catchUp(await version());
  const id = await worker.createHook('http://127.0.0.1:1/');
  await index.catchUp(await version());
  expect(index.find(id)?.id).toBe(id);
});

test("a hook matches once, by the first of an event's names that fits, in its own workspace alone", async () => {
  const every = await worker.createHook('http://127.0.0.1:1/', { event: null });
  const one = await worker.createHook('http://127.0.0.1:1/', { event: 'consumers:create' });
  const index = await open();
  const names = [name, { source: 'crud', event: 'consumers:create' }];
  const matches = index.match('default', names);
  expect(new Map(matches.map(({ hook, name: { event } }) => [hook.id, event]))).toEqual(
    new Map([
      [every, 'consumers'],
      [one, 'consumers:create'],
    ]),
  );
  expect(index.match('elsewhere', names)).toEqual([]);
});
