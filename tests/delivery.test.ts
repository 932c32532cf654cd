import { createHmac } from 'node:crypto';
import { bothBackends, describeInstallation } from './describe-installation.ts';
import { countArrivals, numberedEvents, publishNumbered } from './installation.ts';
import { waitFor } from './support/index.ts';

describeInstallation(
  'delivery',
  { workers: 2, env: { EVENTHOOKS_RETRY_SCHEDULE: '1s,1s' }, backends: bothBackends },
  ({ installation, receiver }) => {
    test('a webhook gets the data with event and source, signed, byte for byte', async () => {
      const hook = await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: `${receiver.url}/in?x=1`, secret: 'shh', headers: { 'X-Custom': 'yes' } },
      });
      const published = await installation.call('POST', '/events', {
        source: 'crud',
        event: 'consumers',
        data: { operation: 'create', entity: { username: 'Ada', tags: ['é', '\u0000'] } },
      });
      expect(published.status).toBe(202);
      const [request] = await receiver.waitForRequests(1);
      const body =
        '{"operation":"create","entity":{"username":"Ada","tags":["é","\\u0000"]},"event":"consumers","source":"crud"}';
      expect(request).toMatchObject({ method: 'POST', url: '/in?x=1' });
      expect(request?.body.toString()).toBe(body);
      expect(request?.headers).toMatchObject({
        'content-type': 'application/json',
        'x-custom': 'yes',
        'x-kong-signature': `sha1=${createHmac('sha1', 'shh').update(body).digest('hex')}`,
      });
      const listed = await waitFor(async () => {
        const { body: page } = await installation.call('GET', `/deliveries?hook=${hook}&status=succeeded`);
        return page.data[0];
      });
      expect(listed).toMatchObject({
        id: request?.headers['webhook-id'],
        event_id: published.body.id,
        attempt_count: 1,
      });
      const { body: delivery } = await installation.call('GET', `/deliveries/${listed.id}`);
      expect(delivery.attempts).toEqual([
        expect.objectContaining({
          number: 1,
          ok: true,
          request: expect.objectContaining({ body }),
          response: expect.objectContaining({ status: 200 }),
        }),
      ]);
    });

    test('an event published right after its hook was made, changed or removed meets the hook as it then is', async () => {
      const hook = await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: `${receiver.url}/a` },
      });
      await publishNumbered(installation, 1, 1);
      await receiver.waitForRequests(1);
      await installation.call('PATCH', `/event-hooks/${hook}`, { config: { url: `${receiver.url}/b` } });
      await publishNumbered(installation, 1, 2);
      await receiver.waitForRequests(2);
      await installation.call('DELETE', `/event-hooks/${hook}`);
      const [id] = await publishNumbered(installation, 1, 3);
      await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0);
      expect((await installation.call('GET', `/deliveries?event_id=${id}`)).body.data).toEqual([]);
      expect(receiver.requests.map(({ url }) => url)).toEqual(['/a', '/b']);
    });

    test('a crud event fires each hook that it concerns once', async () => {
      const hooks = [
        { source: 'crud', event: 'consumers' },
        { source: 'crud', event: 'consumers:create' },
        { source: 'crud', event: null },
        { source: 'dao:crud', event: 'create' },
        { source: 'dao:crud', event: 'delete' },
        { source: 'crud', event: 'routes' },
      ];
      for (const [index, hook] of hooks.entries()) {
        await installation.createHook({ ...hook, handler: 'webhook', config: { url: `${receiver.url}/${index}` } });
      }
      await installation.call('POST', '/events', { source: 'crud', event: 'consumers', data: { operation: 'create' } });
      await receiver.waitForRequests(4);
      await waitFor(async () => (await installation.query('SELECT FROM dispatch_batches')).length === 0);
      // Creating the hooks publishes events, too, and the hooks without an event match them.
      const heard = receiver.requests
        .map(({ url, body }) => ({ url, ...JSON.parse(body.toString()) }))
        .filter(({ schema }) => schema !== 'event_hooks')
        .map(({ url, source, event }) => `${url} ${source} ${event}`);
      expect(heard.sort()).toEqual([
        '/0 crud consumers',
        '/1 crud consumers:create',
        '/2 crud consumers',
        '/3 dao:crud create',
      ]);
    });

    test('a failed delivery is attempted again by the schedule, under the same id, until it succeeds', async () => {
      receiver.answerWith((_request, index) => ({ status: index < 2 ? 500 : 200 }));
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      const [id] = await publishNumbered(installation, 1);
      const requests = await receiver.waitForRequests(3, 60_000);
      expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      const delivery = await waitFor(async () => {
        const { body } = await installation.call('GET', `/deliveries?event_id=${id}&status=succeeded`);
        return body.data[0];
      });
      const { body } = await installation.call('GET', `/deliveries/${delivery.id}`);
      expect(body.attempts.map((attempt: { error_code: string | null }) => attempt.error_code)).toEqual([
        'http_5xx',
        'http_5xx',
        null,
      ]);
    });

    test('a delivery whose schedule is used up is exhausted, announced, and can be retried by hand', async () => {
      receiver.answerWith(({ url }) => ({ status: url === '/announced' ? 200 : 503 }));
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
        retry: { schedule: [] },
      });
      await installation.createHook({
        source: 'eventhooks',
        event: 'delivery-exhausted',
        handler: 'webhook',
        config: { url: `${receiver.url}/announced` },
      });
      const [id] = await publishNumbered(installation, 1);
      const announcement = await waitFor(() => receiver.requests.find(({ url }) => url === '/announced'));
      expect(JSON.parse(announcement.body.toString())).toMatchObject({
        event_id: id,
        error_code: 'http_5xx',
        attempts: 1,
      });
      receiver.answerWith(() => ({}));
      const delivery = (await installation.call('GET', `/deliveries?event_id=${id}`)).body.data[0];
      expect(delivery.status).toBe('exhausted');
      expect((await installation.call('POST', `/deliveries/${delivery.id}/retry`)).status).toBe(202);
      await waitFor(
        async () => (await installation.call('GET', `/deliveries/${delivery.id}`)).body.status === 'succeeded',
        { timeoutMs: 20_000 },
      );
    });

    test('a receiver that answers 410 disables its hook', async () => {
      receiver.answerWith(() => ({ status: 410 }));
      const hook = await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      await publishNumbered(installation, 1);
      await waitFor(async () => (await installation.call('GET', `/event-hooks/${hook}`)).body.enabled === false);
    });

    test('a hook that never answers does not hold up another one', async () => {
      receiver.answerWith(({ url }) => (url === '/hangs' ? 'hang' : {}));
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: `${receiver.url}/hangs` },
      });
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: `${receiver.url}/answers` },
      });
      await publishNumbered(installation, 500);
      await waitFor(() => receiver.requests.filter(({ url }) => url === '/answers').length === 500, {
        timeoutMs: 90_000,
      });
    }, 120_000);

    test('the same ids published again and again by 50 clients at once, also within a request, are delivered once each', async () => {
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      const batch = [...numberedEvents(100), ...numberedEvents(100)].map((event, index) => ({
        ...event,
        id: `order-${index % 100}`,
      }));
      const publish = async () => (await installation.call('POST', '/events', batch)).status;
      const statuses = await Promise.all(Array.from({ length: 50 }, async () => [await publish(), await publish()]));
      expect(statuses.flat().filter((status) => status === 202)).toHaveLength(1);
      expect(statuses.flat().filter((status) => status === 200)).toHaveLength(99);
      await installation.waitForRest();
      expect([...countArrivals(receiver.requests).values()]).toEqual(Array(100).fill(1));
    }, 120_000);

    test('2,000 events reach their hook once each, and are recorded once each', async () => {
      const hook = await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      await publishNumbered(installation, 2_000);
      await receiver.waitForRequests(2_000, 240_000);
      // A batch records its deliveries after its attempts, and an attempt that outlasted it records its own end.
      const recorded = () =>
        installation.query(
          'SELECT status, attempt_count, count(*)::int FROM deliveries WHERE hook_id = $1 GROUP BY 1, 2',
          [hook],
        );
      await installation.waitForRest();
      expect(await recorded()).toEqual([{ status: 'succeeded', attempt_count: 1, count: 2_000 }]);
      const arrivals = countArrivals(receiver.requests);
      expect(arrivals.size).toBe(2_000);
      expect(receiver.requests.length).toBe(2_000);
    }, 360_000);
  },
);
