import { bothBackends, describeInstallation } from './describe-installation.ts';
import { waitFor } from './support/index.ts';

describeInstallation('firing', { workers: 2, backends: bothBackends }, ({ installation, receiver, backend }) => {
  const publish = async (data: unknown[]) => {
    const events = data.map((item) => ({ source: 'crud', event: 'routes', data: item }));
    expect((await installation.call('POST', '/events', events)).status).toBe(202);
    await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0);
  };
  const hook = (over: object) => ({
    source: 'crud',
    event: 'routes',
    handler: 'webhook',
    config: { url: receiver.url },
    ...over,
  });
  const bodies = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()).v);

  test('on_change fires when the data differ from those last fired, whatever the order of their keys', async () => {
    const id = await installation.createHook(hook({ on_change: true }));
    await publish([{ v: 'A', w: { x: 1, y: 2 } }]);
    await publish([{ w: { y: 2, x: 1 }, v: 'A' }, { v: 'B' }, { v: 'B' }]);
    await publish([{ v: 'A' }]);
    await receiver.waitForRequests(3);
    expect(bodies()).toEqual(['A', 'B', 'A']);
    const { body } = await installation.call('GET', `/deliveries?hook=${id}&status=suppressed`);
    expect(body.data.map((delivery: { reason: string }) => delivery.reason)).toEqual(['on_change', 'on_change']);
    expect(receiver.requests.map(({ headers }) => headers['eventhooks-suppressed-count'])).toEqual([
      undefined,
      '1',
      '1',
    ]);
  });

  test('snooze fires once within its seconds, also for thousands of events on two workers, and again after a change of the hook', async () => {
    const id = await installation.createHook(hook({ snooze: 600 }));
    await Promise.all(
      Array.from({ length: 10 }, (_unused, page) =>
        publish(Array.from({ length: 300 }, (_item, n) => ({ v: page * 300 + n }))),
      ),
    );
    const counts = await installation.query(
      `SELECT status, reason, count(*)::int, count(suppressed_until)::int AS until FROM deliveries WHERE hook_id = $1 GROUP BY 1, 2 ORDER BY 1`,
      [id],
    );
    expect(counts).toEqual([
      { status: 'succeeded', reason: null, count: 1, until: 0 },
      { status: 'suppressed', reason: 'snooze', count: 2_999, until: 2_999 },
    ]);
    await installation.call('PATCH', `/event-hooks/${id}`, { snooze: 601 });
    await publish([{ v: 'again' }]);
    await waitFor(() => bodies().includes('again'));
  });

  test('of all events of a window exactly one fires, on four workers, window after window', async () => {
    await Promise.all([installation.addWorker(), installation.addWorker()]);
    const id = await installation.createHook(hook({ snooze: 1 }));
    const countWindows = async () => {
      const [row] = await installation.query<{ fired: number; windows: number; held: number; told: number }>(
        `SELECT count(*) FILTER (WHERE status = 'succeeded')::int AS fired,
           count(DISTINCT suppressed_until)::int AS windows,
           count(*) FILTER (WHERE status = 'suppressed')::int AS held,
           coalesce(sum(suppressed_count) FILTER (WHERE status = 'succeeded'), 0)::int AS told
         FROM deliveries WHERE hook_id = $1`,
        [id],
      );
      return row ?? { fired: 0, windows: 0, held: 0, told: 0 };
    };
    let published = 0;
    await waitFor(
      async () => {
        const pages = Array.from({ length: 4 }, () => publish(Array.from({ length: 300 }, (_item, n) => ({ v: n }))));
        await Promise.all(pages);
        published += 1_200;
        return (await countWindows()).windows >= 4;
      },
      { timeoutMs: 90_000, what: 'four windows' },
    );
    // A delivery may still be in flight when its batch is done.
    await installation.waitForRest();
    const { fired, windows, held, told } = await countWindows();
    // A window's events share its end, and each request has more events than the one that opens it.
    expect(fired).toBe(windows);
    expect(fired + held).toBe(published);
    expect(told).toBeLessThan(held);
  }, 120_000);

  test('trailing: the last event of a window arrives at its end, and stands for the others; both: the first, too', async () => {
    const trailing = await installation.createHook(hook({ snooze: 6, snooze_edge: 'trailing' }));
    const both = await installation.createHook(
      hook({ snooze: 6, snooze_edge: 'both', on_change: true, config: { url: `${receiver.url}/both` } }),
    );
    const startedAt = Date.now();
    await publish([{ v: 'A', w: 1 }, { v: 'B' }]);
    await publish([{ v: 'A', w: 1 }]);
    const waiting = await installation.call('GET', `/deliveries?hook=${trailing}&status=waiting`);
    expect(waiting.body.data).toEqual([
      expect.objectContaining({ reason: 'snooze', suppressed_count: 2, attempt_count: 0 }),
    ]);
    const { next_attempt_at, suppressed_until, event_id } = waiting.body.data[0];
    expect(next_attempt_at).toBe(suppressed_until);
    expect(Date.parse(next_attempt_at)).toBeGreaterThanOrEqual(startedAt + 5_000);
    const decisions = await installation.call('GET', `/events/${event_id}?decisions=true&hook=${trailing}`);
    expect(decisions.body.decisions[0]).toMatchObject({ decision: 'fired', detail: 'waiting: snooze' });
    await receiver.waitForRequests(4);
    await installation.waitForRest();
    const heard = receiver.requests.map(({ url, body, headers }) => [
      url?.endsWith('/both') ? 'both' : 'trailing',
      JSON.parse(body.toString()).v,
      headers['eventhooks-suppressed-count'] ?? '0',
    ]);
    expect(heard.filter(([edge]) => edge === 'trailing')).toEqual([['trailing', 'A', '2']]);
    expect(heard.filter(([edge]) => edge === 'both').sort()).toEqual([
      ['both', 'A', '0'],
      ['both', 'A', '0'],
      ['both', 'B', '0'],
    ]);
    // The last A was the firing that opened a window of its own; a change ends it, and what is pending then fires.
    await installation.call('PATCH', `/event-hooks/${both}`, { snooze: 600 });
    await publish([{ v: 'C' }, { v: 'C' }]);
    await receiver.waitForRequests(5);
    const pending = async () =>
      (await installation.call('GET', `/deliveries?hook=${both}&status=waiting`)).body.data[0]?.reason;
    expect(await pending()).toBe('snooze');
    await installation.call('PATCH', `/event-hooks/${both}`, { paused: true });
    expect(await pending()).toBe('paused');
    await installation.call('PATCH', `/event-hooks/${both}`, { name: 'renamed', paused: false });
    expect(await pending()).toBe('snooze');
    await installation.call('PATCH', `/event-hooks/${both}`, { snooze_edge: 'leading' });
    await receiver.waitForRequests(6);
    await installation.call('PATCH', `/event-hooks/${trailing}`, { snooze: 600 });
    await publish([{ v: 'D' }]);
    await installation.call('DELETE', `/event-hooks/${trailing}`);
    const [deleted] = await installation.query(`SELECT status, reason FROM deliveries WHERE reason = 'hook_deleted'`);
    expect(deleted).toEqual({ status: 'cancelled', reason: 'hook_deleted' });
  }, 120_000);

  test('digests are over the fields that the catalogue calls unique', async () => {
    await installation.createHook({
      ...hook({ on_change: true }),
      source: 'rate-limiting-advanced',
      event: 'rate-limit-exceeded',
    });
    const event = (rate: number, ip: string) => ({
      source: 'rate-limiting-advanced',
      event: 'rate-limit-exceeded',
      data: { consumer: 'ada', ip, service: 's', rate, v: rate },
    });
    await installation.call('POST', '/events', [event(1, 'a'), event(2, 'a'), event(3, 'b')]);
    await receiver.waitForRequests(2);
    expect(bodies()).toEqual([1, 3]);
  });

  // PostgreSQL decides about windows, whatever the queue is.
  if (backend === 'postgres') return;

  test('on four workers each window tells its last event once, and every event is counted', async () => {
    const edges = ['trailing', 'both'] as const;
    const ids = await Promise.all(
      edges.map((edge) => installation.createHook(hook({ snooze: 1, snooze_edge: edge, on_change: true }))),
    );
    let round = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (round < 6) {
          round += 1;
          await publish(Array.from({ length: 50 }, (_item, n) => ({ v: n % 2 })));
        }
      }),
    );
    await installation.waitForRest();
    for (const id of ids) {
      const rows = await installation.query<{ status: string; reason: string | null; count: number; told: number }>(
        `SELECT status, reason, count(*)::int, coalesce(sum(suppressed_count), 0)::int AS told
         FROM deliveries WHERE hook_id = $1 GROUP BY 1, 2 ORDER BY 1`,
        [id],
      );
      const [fired, held] = rows;
      expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
        ['succeeded', null],
        ['suppressed', 'snooze'],
      ]);
      expect((fired?.count ?? 0) + (held?.count ?? 0)).toBe(round * 50);
      expect(fired?.told).toBe(held?.count);
      const [last] = await installation.query<{ status: string }>(
        'SELECT status FROM deliveries WHERE hook_id = $1 ORDER BY event_id DESC LIMIT 1',
        [id],
      );
      expect(last).toEqual({ status: 'succeeded' });
    }
  }, 120_000);
});
