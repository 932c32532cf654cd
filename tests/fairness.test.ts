import { describeInstallation } from './describe-installation.ts';
import { publishNumbered } from './installation.ts';
import { waitFor } from './support/index.ts';

// Breakers and rates are in PostgreSQL, whatever the queue is.
describeInstallation(
  'fairness',
  { workers: 2, env: { EVENTHOOKS_RETRY_SCHEDULE: '1h,1h' }, backends: ['redis'] },
  ({ installation, receiver }) => {
    const createWebhook = (fields: Record<string, unknown> = {}, path = '/') =>
      installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url + path },
        ...fields,
      });
    const isHeld = async (hook: string): Promise<boolean> =>
      (await installation.query('SELECT FROM hook_breakers WHERE hook_id = $1', [hook])).length > 0;
    /** Publishes until the hook's breaker is open (each worker counts its own attempts only), postpones its probe, and waits for attempts in flight. */
    const breakCircuit = async (hook: string): Promise<void> => {
      await waitFor(
        async () => {
          await publishNumbered(installation, 20);
          return isHeld(hook);
        },
        { timeoutMs: 30_000 },
      );
      await waitFor(async () => {
        const put = await installation.query(
          `UPDATE hook_breakers SET probe_at = now() + interval '1 h' WHERE hook_id = $1 AND NOT probing RETURNING 1`,
          [hook],
        );
        return put.length > 0;
      });
      // The other worker learns of it a moment later, and makes attempts until then.
      for (const worker of installation.workers) {
        await waitFor(
          async () => /^eventhooks_breakers_open [1-9]/m.test(await (await fetch(`${worker.url}/metrics`)).text()),
          { timeoutMs: 30_000 },
        );
      }
      await waitForAttempts();
    };
    const waitForAttempts = () =>
      waitFor(
        async () => {
          const open = await installation.query(
            `SELECT FROM dispatch_batches UNION ALL SELECT FROM deliveries WHERE status = 'waiting' AND reason = 'in_flight'`,
          );
          return open.length === 0;
        },
        { timeoutMs: 30_000 },
      );
    const letProbe = (hook: string) =>
      installation.query('UPDATE hook_breakers SET probe_at = now() WHERE hook_id = $1', [hook]);

    test('a dead endpoint is left alone; it comes back by a probe, and its backlog follows by itself', async () => {
      receiver.answerWith(() => ({ status: 500 }));
      await createWebhook({
        source: 'eventhooks',
        event: 'hook-recovered',
        config: { url: `${receiver.url}/recovered` },
      });
      const hook = await createWebhook();
      await breakCircuit(hook);
      const parked = new Set(await publishNumbered(installation, 200, 1_000));
      await waitForAttempts();
      const { body: page } = await installation.call('GET', `/deliveries?hook=${hook}&status=waiting&size=1000`);
      const waiting = page.data.filter(({ reason }: { reason: string }) => reason === 'breaker_open');
      const held = waiting.filter(({ event_id }: { event_id: string }) => parked.has(event_id));
      expect(held).toHaveLength(200);
      expect(held.every((row: { attempt_count: number }) => row.attempt_count === 0)).toBe(true);
      const [oldest] = await installation.query<{ id: string }>(
        `SELECT id FROM deliveries WHERE hook_id = $1 AND next_attempt_at <= now() ORDER BY next_attempt_at, event_id LIMIT 1`,
        [hook],
      );
      const before = receiver.requests.length;
      receiver.answerWith(() => ({}));
      await letProbe(hook);
      expect((await receiver.waitForRequests(before + 1, 30_000))[before]?.headers['webhook-id']).toBe(oldest?.id);
      await waitFor(async () => !(await isHeld(hook)), { timeoutMs: 90_000, what: 'the breaker to close' });
      // Every held delivery arrives; those that had failed before wait for their hour.
      await waitFor(
        async () => {
          const [row] = await installation.query<{ count: number }>(
            `SELECT count(*)::int FROM deliveries WHERE hook_id = $1 AND status = 'succeeded'`,
            [hook],
          );
          return row?.count === waiting.length;
        },
        { timeoutMs: 60_000, what: 'the backlog to drain' },
      );
      const { body: status } = await installation.call('GET', `/event-hooks/${hook}/status`);
      expect(status.breaker).toEqual({ state: 'closed', opened_at: null, probe_at: null });
      const announced = await waitFor(() => receiver.requests.find(({ url }) => url === '/recovered'));
      expect(JSON.parse(announced.body.toString())).toMatchObject({ event: 'hook-recovered', hook_id: hook });
      expect(receiver.requests.slice(before).filter(({ url }) => url !== '/recovered')).toHaveLength(waiting.length);
    }, 240_000);

    test('a probe is a few deliveries, made by one of all workers, and the breaker tells of it', async () => {
      receiver.answerWith(() => ({ status: 503 }));
      const hook = await createWebhook({ timeout: 120_000 });
      await breakCircuit(hook);
      const { body: opened } = await installation.call('GET', `/event-hooks/${hook}/status`);
      expect(opened).toMatchObject({ breaker: { state: 'open' }, disabled_reason: null });
      await waitFor(async () => {
        const metrics = await fetch(`${installation.workers[0]?.url}/metrics`);
        return /^eventhooks_breakers_open 1$/m.test(await metrics.text());
      });
      await publishNumbered(installation, 50, 1_000);
      await waitForAttempts();
      receiver.answerWith(() => 'hang');
      const before = receiver.requests.length;
      await letProbe(hook);
      await waitFor(async () => {
        const { body } = await installation.call('GET', `/event-hooks/${hook}/status`);
        return body.breaker.state === 'half_open' && receiver.requests.length === before + 10;
      });
      // Both workers go on working meanwhile, and neither sends more.
      await createWebhook({ source: 'crud', event: 'routes' }, '/other');
      receiver.answerWith(({ url }) => (url === '/other' ? {} : 'hang'));
      for (let round = 0; round < 3; round += 1) {
        await installation.call('POST', '/events', { source: 'crud', event: 'routes', data: { round } });
        await waitFor(() => receiver.requests.filter(({ url }) => url === '/other').length === round + 1);
      }
      expect(receiver.requests.filter(({ url }) => url !== '/other').length).toBe(before + 10);
    }, 120_000);

    test('a burst to a failing endpoint comes to its end by the schedule; one that lasts comes back as soon as retries do', async () => {
      receiver.answerWith(() => ({ status: 500 }));
      const quick = (waits: number) => ({ retry: { schedule: Array.from({ length: waits }, () => '1s') } });
      const hook = await createWebhook(quick(1));
      await publishNumbered(installation, 10);
      await waitFor(async () => {
        const { body } = await installation.call('GET', `/deliveries?hook=${hook}&status=exhausted`);
        return body.data.length === 10;
      });
      expect(receiver.requests).toHaveLength(20);
      expect(await isHeld(hook)).toBe(false);
      await installation.call('PATCH', `/event-hooks/${hook}`, quick(50));
      await breakCircuit(hook);
      await letProbe(hook);
      await waitFor(
        async () => {
          const [row] = await installation.query('SELECT FROM hook_breakers WHERE failed_probes >= 5');
          return row !== undefined;
        },
        { timeoutMs: 60_000 },
      );
      // Without the schedule's bound the sixth wait is 32 s.
      const [row] = await installation.query<{ wait: number }>(
        'SELECT extract(epoch FROM probe_at - now())::float8 AS wait FROM hook_breakers WHERE NOT probing',
      );
      expect(row?.wait ?? 0).toBeLessThan(2);
    }, 120_000);

    test('a changed URL closes the breaker, and what waited goes to the new one', async () => {
      receiver.answerWith(({ url }) => ({ status: url === '/new' ? 200 : 500 }));
      const hook = await createWebhook({}, '/old');
      await breakCircuit(hook);
      await publishNumbered(installation, 20, 1_000);
      await waitFor(async () => {
        const { body } = await installation.call('GET', `/event-hooks/${hook}/status`);
        return body.waiting >= 20;
      });
      await installation.call('PATCH', `/event-hooks/${hook}`, { config: { url: `${receiver.url}/new` } });
      await waitFor(() => receiver.requests.filter(({ url }) => url === '/new').length >= 20, { timeoutMs: 30_000 });
      expect(await isHeld(hook)).toBe(false);
    }, 120_000);

    test('a rate limit holds across workers, and what exceeds it waits for its turn', async () => {
      const hook = await createWebhook({ rate_limit: 20 });
      await publishNumbered(installation, 100);
      const waiting = await waitFor(async () => {
        const { body } = await installation.call('GET', `/deliveries?hook=${hook}&status=waiting&size=1000`);
        return body.data.find(({ reason }: { reason: string }) => reason === 'rate_limited');
      });
      expect(waiting.attempt_count).toBe(0);
      const requests = await receiver.waitForRequests(100, 60_000);
      const [first, last] = [requests[0], requests[99]];
      // The burst is two. A late first arrival makes it look shorter, so there is room.
      expect((last?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeGreaterThan(((100 - 3) / 20) * 1_000 * 0.6);
    }, 120_000);
  },
);
