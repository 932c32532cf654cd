import { describeInstallation } from './describe-installation.ts';
import { waitFor } from './support/index.ts';

describeInstallation(
  'user code',
  { workers: 1, env: { EVENTHOOKS_LOG_LEVEL: 'info' }, backends: ['redis'] },
  ({ installation, receiver }) => {
    const slack = (url: string) => ({
      source: 'crud',
      event: 'admins',
      handler: 'webhook-custom',
      config: {
        url,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        payload: {
          text: 'Admin account `{{ entity.username }}` {{ operation}}d; email address set to `{{ entity.email }}`',
        },
      },
    });

    async function outcomeOf(eventId: string) {
      return waitFor(async () => {
        const { body } = await installation.call('GET', `/deliveries?event_id=${eventId}`);
        const [delivery] = body.data;
        if (!delivery || delivery.status === 'waiting') return undefined;
        return (await installation.call('GET', `/deliveries/${delivery.id}`)).body;
      });
    }

    test("the reference page's Slack hook sends its text, and no value breaks out of it", async () => {
      await installation.createHook(slack(receiver.url));
      const entity = { username: 'Ada "the first" \\', email: 'ada@example.org\n' };
      await installation.call('POST', '/events', {
        source: 'crud',
        event: 'admins',
        data: { operation: 'create', entity },
      });
      // The first request is the ping at the hook's creation.
      const request = await waitFor(() => receiver.requests.find(({ body }) => body.includes('Ada')));
      expect(JSON.parse(request.body.toString())).toEqual({
        text: 'Admin account `Ada "the first" \\` created; email address set to `ada@example.org\n`',
      });
    });

    test('render shows what would be sent, and sends nothing', async () => {
      const data = { operation: 'create', entity: { username: 'Ada' } };
      const before = receiver.requests.length;
      const { status, body } = await installation.call('POST', '/event-hooks/render', { ...slack(receiver.url), data });
      expect(status).toBe(200);
      expect(body.request).toMatchObject({
        method: 'POST',
        body: '{"text":"Admin account `Ada` created; email address set to ``"}',
      });
      expect(receiver.requests.length).toBe(before);
    });

    test("the reference page's lambda fails with the reference page's error", async () => {
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'lambda',
        retry: { schedule: [] },
        config: {
          functions: [
            'return function (data, event, source, pid)\n local user = data.entity.username\n error("Event hook on consumer " .. user .. "")\nend\n',
          ],
        },
      });
      const event = { source: 'crud', event: 'consumers', data: { operation: 'create', entity: { username: 'Ada' } } };
      const { body } = await installation.call('POST', '/events', event);
      const message = '[string "return function (data, event, source, pid)..."]:3: Event hook on consumer Ada';
      expect(await outcomeOf(body.id)).toMatchObject({
        status: 'exhausted',
        error_code: 'sandbox_runtime',
        attempts: [{ error_message: message }],
      });
    });

    test("a lambda's value is the attempt's answer, and its log lines are in the record and in the worker's log", async () => {
      const hook = await installation.createHook({
        source: 'crud',
        event: 'routes',
        handler: 'lambda',
        config: {
          language: 'lua',
          functions: ['return function (data) kong.log.notice("n is ", data.n) return { n = data.n + 1 } end'],
        },
      });
      const { body } = await installation.call('POST', '/events', { source: 'crud', event: 'routes', data: { n: 41 } });
      const outcome = await outcomeOf(body.id);
      expect(outcome).toMatchObject({ status: 'succeeded', attempts: [{ response: { value: { n: 42 } } }] });
      expect(JSON.stringify(outcome.attempts[0].response.logs)).toContain('n is 41');
      await waitFor(() => installation.workers[0]?.logs().includes('n is 41'));
      const tested = await installation.call('POST', `/event-hooks/${hook}/test`, { n: 1 });
      expect(tested).toMatchObject({ status: 200, body: { result: { value: { n: 2 } } } });
    });

    test.each([
      [
        'a template',
        {
          ...slack('http://127.0.0.1:18080/'),
          config: { ...slack('http://127.0.0.1:18080/').config, payload: { a: '{% if %}' } },
        },
        /config\.payload.*line 1/,
      ],
      [
        'a Lua function',
        { source: 'crud', event: 'routes', handler: 'lambda', config: { functions: ['retrn 1'] } },
        /config\.functions\[1\].*syntax error/,
      ],
    ])('%s that does not compile is refused at write, on its field', async (_what, hook, message) => {
      const { status, body } = await installation.call('POST', '/event-hooks', hook);
      expect(status).toBe(400);
      expect(body.message).toMatch(message);
    });

    test('an endless lambda is cut, and a webhook in the same worker is delivered meanwhile', async () => {
      await installation.createHook({
        source: 'crud',
        event: 'routes',
        handler: 'lambda',
        retry: { schedule: [] },
        config: { functions: ['return function () while true do end end'] },
      });
      await installation.createHook({
        source: 'crud',
        event: 'services',
        handler: 'webhook',
        config: { url: receiver.url },
      });
      const { body } = await installation.call('POST', '/events', { source: 'crud', event: 'routes', data: {} });
      await installation.call('POST', '/events', { source: 'crud', event: 'services', data: {} });
      await receiver.waitForRequests(1);
      expect(await outcomeOf(body.id)).toMatchObject({ status: 'exhausted', error_code: 'sandbox_timeout' });
    });
  },
);
