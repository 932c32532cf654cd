import { bothBackends, describeInstallation } from './describe-installation.ts';
import { type App, spawnApp, waitFor } from './support/index.ts';

describeInstallation('order', { workers: 2, backends: bothBackends }, ({ installation, receiver, backend }) => {
  const createWebhook = (fields: Record<string, unknown>) =>
    installation.createHook({
      source: 'crud',
      event: 'consumers',
      handler: 'webhook',
      config: { url: receiver.url },
      ...fields,
    });
  const publish = async (data: readonly unknown[]): Promise<string[]> => {
    const events = data.map((item) => ({ source: 'crud', event: 'consumers', data: item }));
    const { status, body } = await installation.call('POST', '/events', events);
    expect(status).toBe(202);
    return body.data.map(({ id }: { id: string }) => id);
  };
  const patch = (id: string, fields: unknown) => installation.call('PATCH', `/event-hooks/${id}`, fields);
  const statusOf = async (id: string) => (await installation.call('GET', `/event-hooks/${id}/status`)).body;
  const deliveryOf = async (eventId: string) => {
    const { body } = await installation.call('GET', `/deliveries?event_id=${eventId}`);
    return (await installation.call('GET', `/deliveries/${body.data[0].id}`)).body;
  };
  const waitForReason = (eventId: string, reason: string) =>
    waitFor(async () => {
      const { body } = await installation.call('GET', `/deliveries?event_id=${eventId}`);
      return body.data[0]?.reason === reason && deliveryOf(eventId);
    });
  const bodies = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()));
  const numbers = () => bodies().map(({ n }) => n);
  const counted = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

  test('deliveries with one key arrive one after the other, in order of acceptance, published alternately through two admins', async () => {
    let inFlight = 0;
    let most = 0;
    receiver.answerWith(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      return {};
    });
    await createWebhook({ order_by: "''" });
    const other: App = await spawnApp('admin', installation.env);
    const admins = [installation.admin.url, other.url];
    for (const request of counted(20)) {
      const events = counted(5, request * 5).map((n) => ({ source: 'crud', event: 'consumers', data: { n } }));
      const answer = await fetch(`${admins[request % 2]}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(events),
      });
      expect(answer.status).toBe(202);
    }
    await installation.waitForRest();
    await other.stop();
    expect(numbers()).toEqual(counted(100));
    expect(most).toBe(1);
  }, 120_000);

  test('an order_by that is a list or a map, or does not compile, is a 400 on its field', async () => {
    const refuse = async (fields: object) =>
      (
        await installation.call('POST', '/event-hooks', {
          source: 'crud',
          handler: 'log',
          ...fields,
        })
      ).body.fields;
    expect((await refuse({ order_by: '[data.k]' })).order_by).toMatch(/^1:\d+: expected a text, number or bool/);
    expect((await refuse({ order_by: "{'k': 1}" })).order_by).toMatch(/^1:\d+: expected a text, number or bool/);
    expect((await refuse({ order_by: 'data.' })).order_by).toMatch(/^1:\d+: /);
    expect((await refuse({ on_exhausted: 'hold' })).on_exhausted).toBe('makes sense only with order_by');
  });

  test('while one waits for a retry the next of its key waits behind it, and other keys go on; 1, 1.0 and "1" are one key', async () => {
    let isDown = true;
    receiver.answerWith(({ body }) => (isDown && JSON.parse(body.toString()).n === 1 ? { status: 500 } : {}));
    const hook = await createWebhook({ order_by: 'data.k', retry: { schedule: ['1h'] } });
    const [first = ''] = await publish([{ n: 1, k: 1 }]);
    await waitForReason(first, 'retry');
    const [second = '', third = ''] = await publish([
      { n: 2, k: '1' },
      { n: 3, k: true },
    ]);
    await waitFor(async () => (await deliveryOf(third)).status === 'succeeded');
    const waiting = await waitForReason(second, 'order');
    const head = await deliveryOf(first);
    expect(waiting).toMatchObject({ status: 'waiting', behind: head.id, order_key: '1', next_attempt_at: null });
    expect(await statusOf(hook)).toMatchObject({ waiting: 2, ordered: 1, held_keys: 0 });
    // A retry by hand of the one behind it changes nothing.
    await installation.call('POST', `/deliveries/${waiting.id}/retry`);
    await waitForReason(second, 'order');
    isDown = false;
    await installation.call('POST', `/deliveries/${head.id}/retry`);
    await installation.waitForRest();
    expect(numbers()).toEqual([1, 3, 1, 2]);
  }, 120_000);

  // PostgreSQL decides, whatever the queue is: the queue only wakes workers, which the tests above show.
  if (backend === 'postgres') return;

  test('on_exhausted: hold has the key stand still until its delivery is cancelled, or retried with success', async () => {
    let isDown = true;
    receiver.answerWith(() => (isDown ? { status: 400 } : {}));
    const hook = await createWebhook({ order_by: 'data.k', on_exhausted: 'hold', retry: { schedule: [] } });
    const [a = '', b = '', c = ''] = await publish([
      { n: 1, k: 'x' },
      { n: 2, k: 'x' },
      { n: 3, k: 'x' },
    ]);
    const held = await waitForReason(a, 'holds_key');
    expect(held).toMatchObject({ status: 'exhausted' });
    const isHeldBy = async (id: string) =>
      (await deliveryOf(c)).behind === id && (await statusOf(hook)).held_keys === 1;
    expect(await isHeldBy(held.id)).toBe(true);
    expect((await installation.call('POST', `/deliveries/${held.id}/cancel`)).body.status).toBe('cancelled');
    const next = await waitForReason(b, 'holds_key');
    isDown = false;
    await waitFor(() => isHeldBy(next.id));
    await installation.call('POST', `/deliveries/${next.id}/retry`);
    await installation.waitForRest();
    expect(numbers()).toEqual([1, 2, 2, 3]);
    expect((await statusOf(hook)).held_keys).toBe(0);
    expect((await installation.call('POST', `/deliveries/${next.id}/cancel`)).status).toBe(409);
  }, 120_000);

  test('on_exhausted: continue lets the key go on, and a hook that no longer holds frees its keys', async () => {
    receiver.answerWith(({ body }) => (JSON.parse(body.toString()).n % 2 === 1 ? { status: 400 } : {}));
    const hook = await createWebhook({ order_by: "''", retry: { schedule: [] } });
    await publish([{ n: 1 }, { n: 2 }]);
    await installation.waitForRest();
    await patch(hook, { on_exhausted: 'hold' });
    const [third = ''] = await publish([{ n: 3 }, { n: 4 }]);
    await waitForReason(third, 'holds_key');
    await patch(hook, { on_exhausted: 'continue' });
    await installation.waitForRest();
    expect(numbers()).toEqual([1, 2, 3, 4]);
  }, 120_000);

  test('what waited while the hook was paused, and what is replayed, goes out in order', async () => {
    const hook = await createWebhook({ order_by: 'data.k', paused: true });
    const data = counted(60).map((n) => ({ n, k: n % 3 }));
    const ids = await publish(data);
    await waitForReason(ids[59] ?? '', 'paused');
    expect(await statusOf(hook)).toMatchObject({ waiting: 60, paused: 60 });
    await patch(hook, { paused: false });
    await installation.waitForRest();
    const ofKey = (key: number) => bodies().flatMap(({ n, k }) => (k === key ? [n] : []));
    for (const key of [0, 1, 2]) expect(ofKey(key)).toEqual(counted(20).map((n) => 3 * n + key));
    receiver.requests.splice(0);
    await installation.call('POST', `/event-hooks/${hook}/replay`, { status: 'succeeded' });
    await waitFor(() => receiver.requests.length === 60);
    await installation.waitForRest();
    for (const key of [0, 1, 2]) expect(ofKey(key)).toEqual(counted(20).map((n) => 3 * n + key));
  }, 120_000);

  test('a hook made later gets the past in order, also events without a key, which have the empty one', async () => {
    const since = new Date().toISOString();
    await publish(counted(40).map((n) => (n % 2 === 0 ? { n } : { n, k: { a: [n] } })));
    await installation.waitForRest();
    const hook = await createWebhook({ order_by: 'data.k' });
    const { status } = await installation.call('POST', `/event-hooks/${hook}/replay`, { of: 'events', since });
    expect(status).toBe(202);
    await waitFor(() => numbers().length === 40, { timeoutMs: 30_000 });
    expect(numbers()).toEqual(counted(40));
  }, 120_000);

  test('after a change of order_by what waits by its old key goes first', async () => {
    let isDown = true;
    receiver.answerWith(() => (isDown ? { status: 500 } : {}));
    const hook = await createWebhook({ order_by: 'data.k', retry: { schedule: ['2s', '2s', '2s', '2s'] } });
    const [first = ''] = await publish([
      { n: 1, k: 'a' },
      { n: 2, k: 'a' },
    ]);
    await waitForReason(first, 'retry');
    await patch(hook, { order_by: 'string(data.n)' });
    const [third = ''] = await publish([{ n: 3 }]);
    await waitForReason(third, 'order');
    isDown = false;
    await installation.waitForRest();
    expect([...new Set(numbers())]).toEqual([1, 2, 3]);
  }, 120_000);

  test('last events of windows that end together go out in order, also when the first of them fails', async () => {
    let failures = 1;
    receiver.answerWith(() => ({ status: failures-- > 0 ? 500 : 200 }));
    const window = { snooze: 1, snooze_edge: 'trailing', on_change: true };
    await createWebhook({ order_by: "''", ...window, retry: { schedule: ['1s'] } });
    await publish(counted(4).map((n) => ({ n })));
    await receiver.waitForRequests(5);
    await installation.waitForRest();
    expect(numbers()).toEqual([0, 0, 1, 2, 3]);
  }, 120_000);
});
