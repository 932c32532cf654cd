import { bothBackends, describeInstallation } from './describe-installation.ts';
import { waitFor } from './support/index.ts';

describeInstallation('firing', { workers: 2, backends: bothBackends }, ({ installation, receiver }) => {
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
});
