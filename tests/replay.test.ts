import { describeInstallation } from './describe-installation.ts';
import { publishNumbered } from './installation.ts';
import { waitFor } from './support/index.ts';

describeInstallation(
  'replays',
  { workers: 2, env: { EVENTHOOKS_RETRY_SCHEDULE: '1h' }, backends: ['redis'] },
  ({ installation, receiver }) => {
    const createWebhook = (fields: Record<string, unknown> = {}) =>
      installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
        retry: { schedule: [] },
        ...fields,
      });

    /** Publishes and waits until each delivery has come to its end. */
    async function deliverAll(hook: string, count: number, start = 0): Promise<void> {
      await publishNumbered(installation, count, start);
      await waitFor(
        async () => {
          const rows = await installation.query<{ count: number }>(
            `SELECT count(*)::int FROM deliveries WHERE hook_id = $1 AND status <> 'waiting' HAVING count(*) >= $2`,
            [hook, count],
          );
          return rows.length > 0;
        },
        { timeoutMs: 60_000 },
      );
    }

    const waitUntilDone = (id: string) =>
      waitFor(
        async () => {
          const { body } = await installation.call('GET', `/replays/${id}`);
          return body.status === 'done' && body;
        },
        { timeoutMs: 60_000 },
      );

    test('what was not delivered is delivered again, under the same ids', async () => {
      receiver.answerWith((_request, index) => ({ status: index % 2 === 0 ? 200 : 404 }));
      const hook = await createWebhook();
      await deliverAll(hook, 40);
      const failed = await installation.query<{ id: string }>(
        `SELECT id FROM deliveries WHERE hook_id = $1 AND status = 'exhausted' ORDER BY id`,
        [hook],
      );
      expect(failed).toHaveLength(20);
      receiver.answerWith(() => ({}));
      const { status, body } = await installation.call('POST', `/event-hooks/${hook}/replay`, {});
      expect(status).toBe(202);
      expect(body).toMatchObject({
        hook_id: hook,
        status: 'running',
        statuses: ['exhausted', 'cancelled'],
        total: 20,
        since: null,
      });
      expect(await waitUntilDone(body.id)).toMatchObject({ total: 20, done: 20 });
      const requests = await receiver.waitForRequests(60);
      const ids = requests.slice(40).map(({ headers }) => headers['webhook-id']);
      expect(ids.toSorted()).toEqual(failed.map(({ id }) => id));
      await waitFor(async () => {
        const { body: page } = await installation.call('GET', `/deliveries?hook=${hook}&status=succeeded&size=1000`);
        return page.data.length === 40;
      });
      const { body: audit } = await installation.call('GET', `/audit?entity=replays&entity_id=${body.id}`);
      expect(audit.data).toMatchObject([{ action: 'create', entity: 'replays', after: { total: 20 } }]);
    }, 120_000);

    test('a replay keeps to its stretch of time and its statuses', async () => {
      const hook = await createWebhook();
      await deliverAll(hook, 10);
      await waitFor(async () => {
        const [row] = await installation.query<{ later: boolean }>(
          `SELECT now() > max(updated_at) + interval '1 s' AS later FROM deliveries WHERE hook_id = $1`,
          [hook],
        );
        return row?.later;
      });
      const [{ now }] = (await installation.query<{ now: Date }>('SELECT now()')) as [{ now: Date }];
      await deliverAll(hook, 5, 10);
      const replay = async (input: Record<string, unknown>) => {
        const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, input);
        await waitUntilDone(body.id);
        return body.total;
      };
      expect(await replay({})).toBe(0);
      expect(await replay({ status: 'exhausted', since: now.getTime() / 1000 })).toBe(0);
      expect(await replay({ status: ['succeeded', 'exhausted'], since: now.toISOString() })).toBe(5);
      await receiver.waitForRequests(20);
      expect(await replay({ status: 'succeeded', until: now.toISOString() })).toBe(10);
      const requests = await receiver.waitForRequests(30);
      const replayed = requests.slice(20).map(({ body }) => JSON.parse(body.toString()).n);
      expect(replayed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, n) => n));
    }, 120_000);

    test('a replay waits for an open breaker, can be cancelled, and there is one of a hook at a time', async () => {
      const hook = await createWebhook();
      await deliverAll(hook, 30);
      await installation.query(`INSERT INTO hook_breakers (hook_id, probe_at) VALUES ($1, now() + interval '1 h')`, [
        hook,
      ]);
      const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'succeeded' });
      expect((await installation.call('POST', `/event-hooks/${hook}/replay`, {})).status).toBe(409);
      expect((await installation.call('GET', '/replays')).body.data[0]).toMatchObject({
        id: body.id,
        status: 'running',
        done: 0,
      });
      expect((await installation.call('DELETE', `/replays/${body.id}`)).status).toBe(204);
      expect((await installation.call('GET', `/replays/${body.id}`)).body).toMatchObject({
        status: 'cancelled',
        done: 0,
      });
      expect((await installation.call('DELETE', `/replays/${body.id}`)).status).toBe(204);
      await installation.query('DELETE FROM hook_breakers');
      const again = await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'succeeded' });
      expect(again.status).toBe(202);
      await waitUntilDone(again.body.id);
      expect(await receiver.waitForRequests(60)).toHaveLength(60);
    }, 120_000);

    test('the replay of a hook that is disabled meanwhile ends, and none of a disabled hook begins', async () => {
      const hook = await createWebhook();
      await deliverAll(hook, 5);
      await installation.query(`INSERT INTO hook_breakers (hook_id, probe_at) VALUES ($1, now() + interval '1 h')`, [
        hook,
      ]);
      const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'succeeded' });
      await installation.call('PATCH', `/event-hooks/${hook}`, { enabled: false });
      await waitFor(async () => (await installation.call('GET', `/replays/${body.id}`)).body.status === 'cancelled');
      expect((await installation.call('POST', `/event-hooks/${hook}/replay`, {})).status).toBe(409);
    }, 60_000);

    test('a replay goes on where it was when the scheduler dies', async () => {
      const hook = await createWebhook();
      await deliverAll(hook, 1_500);
      const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'succeeded' });
      await waitFor(async () => (await installation.call('GET', `/replays/${body.id}`)).body.done > 0);
      await Promise.all(installation.workers.map(async (worker) => worker.kill('SIGKILL')));
      await installation.addWorker();
      expect(await waitUntilDone(body.id)).toMatchObject({ total: 1_500, done: 1_500 });
      await waitFor(
        () => new Set(receiver.requests.slice(1_500).map(({ headers }) => headers['webhook-id'])).size === 1_500,
        {
          timeoutMs: 90_000,
        },
      );
    }, 240_000);

    test('a malformed request is told every fault, and an unknown hook or replay is not found', async () => {
      const hook = await createWebhook();
      const { status, body } = await installation.call('POST', `/event-hooks/${hook}/replay`, {
        since: 'yesterday',
        until: 'tomorrow',
      });
      expect(status).toBe(400);
      expect(Object.keys(body.fields)).toEqual(['since', 'until']);
      expect((await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'lost' })).status).toBe(400);
      const nobody = '019a0000-0000-7000-8000-000000000001';
      expect((await installation.call('POST', `/event-hooks/${nobody}/replay`, {})).status).toBe(404);
      expect((await installation.call('GET', `/replays/${nobody}`)).status).toBe(404);
    });
  },
);
