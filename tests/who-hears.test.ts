import { bothBackends, describeInstallation } from './describe-installation.ts';
import { countArrivals, publishNumbered } from './installation.ts';
import { expectPausedToArrive, missedEvents, missedTimeoutMs } from './paused-backlog.ts';
import { type ReceivedRequest, waitFor } from './support/index.ts';

describeInstallation('who hears', { workers: 1, backends: bothBackends }, ({ installation, receiver }) => {
  const createWebhook = (fields: Record<string, unknown> = {}) =>
    installation.createHook({
      source: 'crud',
      event: 'consumers',
      handler: 'webhook',
      config: { url: receiver.url },
      ...fields,
    });
  const publish = async (data: unknown, event = 'consumers'): Promise<string> => {
    const { status, body } = await installation.call('POST', '/events', { source: 'crud', event, data });
    if (status !== 202) throw new Error(JSON.stringify(body));
    return body.id;
  };
  const patch = (id: string, fields: unknown) => installation.call('PATCH', `/event-hooks/${id}`, fields);
  const statusOf = async (id: string) => (await installation.call('GET', `/event-hooks/${id}/status`)).body;
  const decisionOf = async (event: string, hook: string) => {
    const { body } = await installation.call('GET', `/events/${event}?decisions=true&hook=${hook}`);
    return body.decisions[0];
  };
  const numbers = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()).n);
  const waitUntilDone = (id: string) =>
    waitFor(
      async () => {
        const { body } = await installation.call('GET', `/replays/${id}`);
        return body.status === 'done' && body;
      },
      { timeoutMs: missedTimeoutMs, what: 'the end of a replay' },
    );

  test('a hook hears only of events for which its filter is true; an error is as false, and shown', async () => {
    const hook = await createWebhook({ filter: 'data.n > 1 && event == "consumers"', on_change: true });
    const events = [
      await publish({ n: 1 }),
      await publish({ n: 2 }),
      await publish({ m: 3 }),
      await publish({ n: 'x' }),
    ];
    await receiver.waitForRequests(1);
    await installation.waitForRest();
    expect(numbers()).toEqual([2]);
    const decisions = await Promise.all(events.map((event) => decisionOf(event, hook)));
    expect(decisions.map(({ decision }) => decision)).toEqual(['filtered', 'fired', 'filter_error', 'filter_error']);
    expect(decisions[2].detail).toMatch(/^1:\d+: /);
    const { filter_error } = await waitFor(async () => {
      const status = await statusOf(hook);
      return events.slice(2).includes(status.filter_error?.event_id) && status;
    });
    expect(filter_error.message).toMatch(/^1:\d+: /);
    // Events that were filtered out left the state of on_change alone.
    await publish({ n: 2 });
    await installation.waitForRest();
    expect(numbers()).toEqual([2]);
    const metrics = await Promise.all(
      installation.workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    expect(metrics.join()).toMatch(/eventhooks_filter_errors_total [1-9]/);
    expect(metrics.join()).toMatch(/eventhooks_filtered_total [1-9]/);
  }, 120_000);

  test('events name several events, and patterns', async () => {
    const hook = await createWebhook({ event: null, events: ['consumers:delete', 'rou*', 'serv*es:*'] });
    const heard = [
      await publish({ n: 1, operation: 'delete' }, 'consumers'),
      await publish({ n: 2 }, 'routes'),
      await publish({ n: 3, operation: 'create' }, 'services'),
    ];
    const others = [await publish({ n: 4 }, 'consumers'), await publish({ n: 5 }, 'services')];
    await receiver.waitForRequests(3);
    await installation.waitForRest();
    expect(numbers().sort()).toEqual([1, 2, 3]);
    for (const event of heard)
      expect(await decisionOf(event, hook)).toMatchObject({ decision: 'fired', detail: 'succeeded' });
    for (const event of others) expect(await decisionOf(event, hook)).toMatchObject({ decision: 'other_event' });
    const names = receiver.requests.map(({ body }) => JSON.parse(body.toString()).event);
    expect(names.sort()).toEqual(['consumers:delete', 'routes', 'services:create']);
  }, 120_000);

  test('bad input is a 400 at its field', async () => {
    const refuse = async (fields: Record<string, unknown>) => {
      const { status, body } = await installation.call('POST', '/event-hooks', {
        source: 'crud',
        handler: 'log',
        ...fields,
      });
      expect(status).toBe(400);
      return body.fields;
    };
    expect(await refuse({ filter: 'data.n ==' })).toEqual({ filter: '1:8: unexpected =' });
    expect(await refuse({ filter: 'nothing.n == 1' })).toMatchObject({
      filter: expect.stringContaining('unknown variable'),
    });
    expect(await refuse({ filter: 'source' })).toMatchObject({ filter: "1:1: expected a bool, found 'string'" });
    expect(await refuse({ filter: `"${'x'.repeat(4096)}" == source` })).toEqual({
      filter: 'is longer than 4096 bytes of UTF-8',
    });
    expect(await refuse({ filter: 'data.a.matches("(")' })).toMatchObject({
      filter: expect.stringContaining('regular expression'),
    });
    expect(await refuse({ event: 'consumers', events: ['consumers'] })).toMatchObject({
      events: expect.stringContaining('in place of'),
    });
    expect(await refuse({ events: ['consumer'] })).toEqual({
      events: ["unknown event 'consumer', did you mean 'consumers'?"],
    });
    expect(await refuse({ events: [] })).toMatchObject({ events: expect.any(String) });
    expect(await refuse({ events: ['x\\*'] })).toEqual({ events: [expect.stringContaining("unknown event 'x*'")] });
    expect(await refuse({ expires_at: '2020-01-01' })).toEqual({ expires_at: 'must be in the future' });
    expect(await refuse({ expires_at: 'soon' })).toMatchObject({ expires_at: expect.stringContaining('RFC 3339') });
  }, 120_000);

  test('a preview says whether a filter lets the data through, and how many of the last events', async () => {
    const preview = async (filter: string, over: object = {}) => {
      const sample = {
        source: 'crud',
        event: 'admins',
        handler: 'webhook',
        config: { url: receiver.url },
        data: { n: 1 },
      };
      return (await installation.call('POST', '/event-hooks/render', { ...sample, filter, ...over })).body.filter;
    };
    await publish({ n: 1 }, 'admins');
    await publish({ n: 2 }, 'admins');
    expect(await preview('data.n == 1')).toEqual({
      verdict: 'passes',
      message: null,
      recent: { events: 2, passing: 1 },
      latest: [
        expect.objectContaining({ event: 'admins', verdict: 'filtered' }),
        expect.objectContaining({ event: 'admins', verdict: 'passes' }),
      ],
    });
    expect(await preview('data.n == 3')).toMatchObject({ verdict: 'filtered', recent: { events: 2, passing: 0 } });
    expect(await preview('data.x')).toMatchObject({ verdict: 'error', message: expect.stringMatching(/^1:\d+: /) });
    expect(await preview('true', { events: ['adm*'] })).toMatchObject({ recent: { events: 2, passing: 2 } });
    // An event of dao:crud is published as one of crud.
    await publish({ operation: 'create' }, 'services');
    const ofOperation = await preview('true', { source: 'dao:crud', event: 'create' });
    expect(ofOperation.recent.passing).toBeGreaterThan(0);
  }, 120_000);

  test('a field that the schema does not have is a warning in the answer', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: {} } } },
      additionalProperties: false,
    };
    await installation.call('PUT', '/event-hooks/sources/warned/thing', { fields: ['a'], schema });
    const { status, body } = await installation.call('POST', '/event-hooks', {
      source: 'warned',
      handler: 'log',
      filter: 'data.a.b == 1 && data.c.d == 2 && has(data.a.x)',
    });
    expect(status).toBe(201);
    expect(body.warnings).toEqual([expect.stringContaining('data.c.d cannot exist')]);
    expect((await installation.call('GET', `/event-hooks/${body.id}`)).body).not.toHaveProperty('warnings');
  }, 120_000);

  test('what fires while a hook is paused waits, and goes out in order once it is resumed', async () => {
    const hook = await createWebhook({ paused: true, max_in_flight: 1 });
    await publishNumbered(installation, 1);
    for (let n = 1; n < 30; n += 1) await publish({ n });
    await waitFor(async () => (await statusOf(hook)).paused === 30);
    const { body } = await installation.call('GET', `/deliveries?hook=${hook}&status=waiting`);
    expect(new Set(body.data.map(({ reason }: { reason: string }) => reason))).toEqual(new Set(['paused']));
    expect(await decisionOf(body.data[0].event_id, hook)).toMatchObject({ decision: 'paused' });
    expect(receiver.requests).toEqual([]);
    // A test goes past the pause, a retry by hand does not.
    await installation.call('POST', `/event-hooks/${hook}/test`, { n: 'test' });
    expect(numbers()).toEqual(['test']);
    await installation.call('POST', `/deliveries/${body.data[0].id}/retry`);
    expect((await patch(hook, { paused: true })).status).toBe(200);
    await patch(hook, { paused: false });
    await publish({ n: 30 });
    await receiver.waitForRequests(32);
    await installation.waitForRest();
    const arrived = numbers().slice(1);
    expect(arrived.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 31 }, (_, n) => n));
    expect(arrived.filter((n) => n !== 29)).toEqual(Array.from({ length: 31 }, (_, n) => n).filter((n) => n !== 29));
    // Once nothing is left, new events go out at once again.
    await waitFor(async () => (await installation.query('SELECT FROM event_hooks WHERE draining')).length === 0);
  }, 120_000);

  test('a hook is disabled when it expires, and says so', async () => {
    await installation.createHook({
      source: 'eventhooks',
      event: 'hook-disabled',
      handler: 'webhook',
      config: { url: receiver.url },
    });
    const at = Math.ceil(Date.now() / 1_000) + 3;
    const hook = await createWebhook({ expires_at: at });
    const { body } = await installation.call('GET', `/event-hooks/${hook}`);
    expect(body.expires_at).toBe(new Date(at * 1_000).toISOString());
    const [request] = await receiver.waitForRequests(1);
    expect(Date.now()).toBeGreaterThanOrEqual(at * 1_000);
    const { since, ...disabled } = JSON.parse(String(request?.body));
    expect(disabled).toMatchObject({ hook_id: hook, reason: 'expired' });
    expect(Date.parse(since)).toBeLessThanOrEqual(at * 1_000);
    expect(await statusOf(hook)).toMatchObject({ disabled_reason: 'expired' });
    expect((await patch(hook, { name: 'still expired' })).status).toBe(200);
    expect((await patch(hook, { enabled: true })).body.fields).toMatchObject({
      expires_at: expect.stringContaining('has passed'),
    });
    expect((await patch(hook, { enabled: true, expires_at: null })).status).toBe(200);
    expect(await statusOf(hook)).toMatchObject({ disabled_reason: null });
  }, 120_000);

  test(
    'a replay of events delivers what a hook missed, each once, also when it is cancelled and begun again; and to a hook made later',
    async () => {
      const filter = 'data.n % 2 == 0';
      const hook = await createWebhook({ filter, rate_limit: 60 });
      const since = new Date().toISOString();
      await publish({ n: 0 });
      await receiver.waitForRequests(1);
      await patch(hook, { enabled: false });
      const replay = (id: string, body: unknown = { of: 'events', since }) =>
        installation.call('POST', `/event-hooks/${id}/replay`, body);
      expect((await replay(hook)).status).toBe(409);
      await publishNumbered(installation, 2 * missedEvents, 1);
      await installation.waitForRest(missedTimeoutMs);
      await patch(hook, { enabled: true });
      expect((await replay(hook, { of: 'events', status: 'cancelled' })).status).toBe(400);
      const first = await replay(hook);
      // Counting ends with its time: what is not looked at by then is found by the replay.
      expect(first).toMatchObject({ status: 202, body: { of: 'events', total: expect.any(Number), done: 0 } });
      expect(first.body.total).toBeGreaterThan(0);
      await receiver.waitForRequests(10);
      expect((await installation.call('DELETE', `/replays/${first.body.id}`)).status).toBe(204);
      await installation.waitForRest(missedTimeoutMs);
      await patch(hook, { rate_limit: null });
      const done = await waitUntilDone((await replay(hook)).body.id);
      expect(done.done).toBe(done.total);
      const missed = Array.from({ length: missedEvents + 1 }, (_, n) => 2 * n);
      const expectEachOnce = (requests: readonly ReceivedRequest[]) => {
        const counts = countArrivals(requests);
        expect([...counts.values()].every((count) => count === 1)).toBe(true);
        expect([...counts.keys()].toSorted((one, other) => one - other)).toEqual(missed);
      };
      await receiver.waitForRequests(missed.length, missedTimeoutMs);
      await installation.waitForRest(missedTimeoutMs);
      expectEachOnce(receiver.requests);
      expect(await waitUntilDone((await replay(hook)).body.id)).toMatchObject({ total: 0, done: 0 });

      const later = await createWebhook({ filter, config: { url: `${receiver.url}/later` } });
      expect(await waitUntilDone((await replay(later)).body.id)).toMatchObject({ done: missed.length });
      await receiver.waitForRequests(2 * missed.length, missedTimeoutMs);
      await installation.waitForRest(missedTimeoutMs);
      expectEachOnce(receiver.requests.filter(({ url }) => url === '/later'));
    },
    missedTimeoutMs,
  );

  test('a hook that was made later gets the past, cancelled deliveries included; decisions come in pages', async () => {
    const paused = await createWebhook({ paused: true });
    const event = await publish({ n: 1 });
    await waitFor(async () => (await statusOf(paused)).paused === 1);
    await patch(paused, { enabled: false });
    await installation.waitForRest();
    expect(await decisionOf(event, paused)).toMatchObject({ decision: 'fired', detail: 'cancelled: hook_disabled' });
    const later = await createWebhook();
    expect(await decisionOf(event, later)).toMatchObject({ decision: 'no_delivery', delivery_id: null });
    await patch(paused, { enabled: true, paused: null });
    for (const hook of [paused, later]) {
      const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, {
        of: 'events',
        since: Date.now() / 1_000 - 60,
      });
      expect(await waitUntilDone(body.id)).toMatchObject({ done: body.total });
    }
    await waitFor(() => numbers().filter((n) => n === 1).length >= 2);
    await installation.waitForRest();
    const { body: first } = await installation.call('GET', `/events/${event}?decisions=true&size=1`);
    expect(first.decisions).toHaveLength(1);
    const { body: second } = await installation.call('GET', first.next);
    expect(second.decisions).toHaveLength(1);
    expect(second.next).toBeNull();
  }, 120_000);

  test('a replay from `since` of hook-disabled on gives a hook what it missed, the deliveries that waited included', async () => {
    const told = await installation.createHook({
      source: 'eventhooks',
      event: 'hook-disabled',
      handler: 'webhook',
      config: { url: `${receiver.url}/told` },
    });
    receiver.answerWith(({ url }) => (url === '/' ? { status: 410, delayMs: 200 } : {}));
    const hook = await createWebhook({ max_in_flight: 1 });
    await publishNumbered(installation, 20);
    const request = await waitFor(() => receiver.requests.find(({ url }) => url === '/told'));
    await publishNumbered(installation, 20, 20);
    await installation.waitForRest();
    await installation.call('DELETE', `/event-hooks/${told}`);
    receiver.answerWith(() => ({}));
    await patch(hook, { enabled: true });
    const { since } = JSON.parse(request.body.toString());
    const { body } = await installation.call('POST', `/event-hooks/${hook}/replay`, { of: 'events', since });
    await waitUntilDone(body.id);
    await installation.waitForRest();
    const arrived = countArrivals(receiver.requests.filter(({ url }) => url === '/'));
    expect([...arrived.keys()].toSorted((one, other) => one - other)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  }, 120_000);

  test('an error of one filter hurts no other hook of the batch', async () => {
    const failing = await createWebhook({
      filter: 'data.missing.field == 1',
      config: { url: `${receiver.url}/failing` },
    });
    const filtered = await createWebhook({ filter: 'data.n == 7 && data.note == "numbered"' });
    const all = await createWebhook({ filter: 'data.missing == 1 || true', config: { url: `${receiver.url}/all` } });
    await publishNumbered(installation, 50);
    await receiver.waitForRequests(51);
    await installation.waitForRest();
    const urls = receiver.requests.map(({ url }) => url);
    expect(urls.filter((url) => url === '/all')).toHaveLength(50);
    expect(urls.filter((url) => url === '/')).toHaveLength(1);
    expect(urls).toHaveLength(51);
    const { filter_error } = await waitFor(async () => {
      const status = await statusOf(failing);
      return status.filter_error && status;
    });
    expect(filter_error.message).toContain('missing');
    for (const hook of [filtered, all]) expect((await statusOf(hook)).filter_error).toBeNull();
  }, 120_000);

  test(
    'what a paused hook waits for survives kill -9 of the worker, and arrives once, oldest first',
    async () => {
      await expectPausedToArrive(installation, receiver, async () => {
        for (const worker of installation.workers) worker.kill('SIGKILL');
        await Promise.all(installation.workers.map(({ ended }) => ended));
      });
    },
    missedTimeoutMs,
  );
});
