import { jest } from '@jest/globals';
import { type Installation, publishNumbered, startInstallation } from '../../../tests/installation.ts';
import { type Receiver, startReceiver, waitFor } from '../../../tests/support/index.ts';
import { runCommand } from './support/run-command.ts';

jest.setTimeout(240_000);

let installation: Installation;
let receiver: Receiver;
beforeAll(async () => {
  installation = await startInstallation({ workers: 1 });
  receiver = await startReceiver();
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
  await receiver.close();
});

const COUNT = 30;
const run = (...args: string[]) => runCommand(args, { env: { EVENTHOOKS_URL: installation.admin.url } });

test('a replay is followed to its end, listed, and refused while the hook is disabled', async () => {
  const hook = await installation.createHook({
    name: 'billing',
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: receiver.url },
    retry: { schedule: [] },
  });
  receiver.answerWith(() => ({ status: 400 }));
  await publishNumbered(installation, COUNT);
  const countOf = async (status: string) =>
    (await installation.call('GET', `/deliveries?hook=${hook}&status=${status}&size=1000`)).body.data.length;
  await waitFor(async () => (await countOf('exhausted')) === COUNT, { timeoutMs: 120_000 });

  receiver.answerWith(() => ({}));
  const replayed = await run('replay', 'billing', '--since', '1h', '--json');
  expect(replayed).toMatchObject({ code: 0 });
  const replay = JSON.parse(replayed.stdout);
  expect(replay).toMatchObject({ hook_id: hook, status: 'done', total: COUNT, done: COUNT });
  await waitFor(async () => (await countOf('succeeded')) === COUNT, { timeoutMs: 120_000 });

  const none = await run('replay', 'billing', '--since', '1h', '--status', 'exhausted', 'cancelled', '--json');
  expect(JSON.parse(none.stdout)).toMatchObject({ status: 'done', total: 0, statuses: ['exhausted', 'cancelled'] });
  expect((await run('replays')).stdout).toMatch(new RegExp(`${replay.id} +billing +done +${COUNT} +${COUNT}`));

  await installation.call('PATCH', `/event-hooks/${hook}`, { enabled: false });
  expect(await run('replay', 'billing', '--since', '1h')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('The hook is disabled'),
  });
  expect((await run('replay', 'billing', '--since', 'yesterday')).code).toBe(2);
});

test('a replay that nobody waits for goes on, and is cancelled', async () => {
  await Promise.all(installation.workers.map((worker) => worker.stop()));
  const hook = await installation.createHook({ name: 'slow', source: 'crud', event: 'routes', handler: 'log' });
  const started = await run('replay', 'slow', '--since', '1h', '--detach', '--json');
  const { id, status } = JSON.parse(started.stdout);
  expect({ code: started.code, status }).toEqual({ code: 0, status: 'running' });
  expect(await run('replays', 'cancel', id)).toMatchObject({ code: 0, stdout: `Cancelled ${id}\n` });
  const [shown] = JSON.parse((await run('replays', '--json')).stdout);
  expect(shown).toMatchObject({ id, hook_id: hook, status: 'cancelled' });
});
