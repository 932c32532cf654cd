import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { createCertificate } from '../packages/delivery/tests/support/certificates.ts';
import { bothBackends, describeInstallation } from './describe-installation.ts';
import { type Installation, startInstallation } from './installation.ts';
import { type ReceivedRequest, redisUrl, spawnApp, testSecretKey, waitFor } from './support/index.ts';

const authority = createCertificate({ names: ['CA'], issuer: 'itself', authority: true });
const client = createCertificate({ names: ['eventhooks'], issuer: authority });
const server = createCertificate({ names: ['127.0.0.1'], issuer: authority });

/** Everything that must not be found anywhere, each under a name. */
const secrets = {
  signing: 'PLAIN-signing-secret',
  rotated: 'PLAIN-rotated-secret',
  authorization: 'PLAIN-bearer-token',
  header: 'PLAIN-header-value',
  /** One line from the middle of the key. */
  clientKey: client.key.split('\n')[6] ?? '',
};
const found = (text: string): string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64')))
    .map(([name]) => name);

async function publish(installation: Installation, event: string, data: Record<string, unknown> = {}): Promise<string> {
  const { body } = await installation.call('POST', '/events', { source: 'crud', event, data });
  return body.id;
}

/** The delivery of an event, once it has this status. */
async function deliveryOf(
  installation: Installation,
  eventId: string,
  status: string,
  // biome-ignore lint/suspicious/noExplicitAny: tests look into attempts of any shape, and fail where it is another one
): Promise<{ attempts: Record<string, any>[] }> {
  const delivery = await waitFor(
    async () => (await installation.call('GET', `/deliveries?event_id=${eventId}&status=${status}`)).body.data[0],
    { timeoutMs: 30_000 },
  );
  return (await installation.call('GET', `/deliveries/${delivery.id}`)).body;
}

/** Every row of every table of every schema, as text. */
async function dumpPostgres(installation: Installation): Promise<string> {
  const tables = await installation.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dumps = [];
  for (const { name } of tables) {
    const rows = await installation.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
    dumps.push(name, ...rows.map(({ row }) => row));
  }
  return dumps.join('\n');
}

/** Every key of the installation in Redis, with its value. */
async function dumpRedis({ env: { EVENTHOOKS_QUEUE_PREFIX: prefix } }: Installation): Promise<string> {
  if (prefix === undefined) return '';
  const redis = new Redis(redisUrl());
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  const dumps = [];
  for (const key of await redis.keys(`*${prefix}*`)) {
    const type = await redis.type(key);
    if (type !== 'none') dumps.push(key, JSON.stringify(await read[type]?.(key)));
  }
  redis.disconnect();
  return dumps.join('\n');
}

describeInstallation(
  'secrets of hooks',
  {
    workers: 1,
    env: { EVENTHOOKS_LOG_LEVEL: 'trace', EVENTHOOKS_RETRY_SCHEDULE: '1s' },
    backends: bothBackends,
    recordPings: true,
  },
  ({ installation, receiver }) => {
    test('reach the receiver, and are nowhere else in the clear: PostgreSQL, Redis, logs, metrics, audit, records', async () => {
      const echo = ({ url, headers }: ReceivedRequest) => ({
        status: url === '/fails' ? 500 : 200,
        headers: { 'x-echo': String(headers.authorization) },
        body: JSON.stringify({ echoed: headers }),
      });
      receiver.answerWith(echo);
      const headers = { Authorization: `Bearer ${secrets.authorization}`, 'x-Team': secrets.header };
      const config = { secret: secrets.signing, headers, client_cert: client.cert, client_key: client.key };
      const hookAt = (path: string, event: string, more: Record<string, unknown> = {}) => ({
        source: 'crud',
        event,
        handler: 'webhook',
        ...more,
        config: {
          ...config,
          url: `${receiver.url}${path}`,
          ...(more.handler === 'webhook-custom' && { method: 'PUT' }),
        },
      });
      const works = await installation.createHook(hookAt('/works', 'routes'));
      const custom = await installation.createHook(hookAt('/custom', 'routes', { handler: 'webhook-custom' }));
      await installation.createHook(hookAt('/fails', 'services'));
      // Changes of hooks are events, too.
      await installation.createHook(hookAt('/changes', 'event_hooks'));
      await installation.call('PATCH', `/event-hooks/${works}`, { name: 'changed' });
      const rotation = { secret: secrets.rotated };
      expect((await installation.call('POST', `/event-hooks/${works}/rotate-secret`, rotation)).status).toBe(200);

      const eventId = await publish(installation, 'routes', { marker: 'the data are found' });
      const failing = await publish(installation, 'services');
      await deliveryOf(installation, eventId, 'succeeded');
      const exhausted = await deliveryOf(installation, failing, 'exhausted');
      expect((await installation.call('GET', `/event-hooks/${works}/ping`)).status).toBe(200);
      expect((await installation.call('POST', `/event-hooks/${custom}/test`, { a: 1 })).status).toBe(200);
      // The same must hold while a ping and a test are under way.
      const dumped = Promise.withResolvers<void>();
      receiver.answerWith(() => dumped.promise.then(() => ({})));
      const before = receiver.requests.length;
      const hanging = ['ping', 'test'].map((what) =>
        installation.call(
          what === 'ping' ? 'GET' : 'POST',
          `/event-hooks/${works}/${what}`,
          what === 'test' ? {} : undefined,
        ),
      );
      await waitFor(() => receiver.requests.slice(before).filter(({ url }) => url === '/works').length >= 2, {
        timeoutMs: 30_000,
      });

      const dump = await dumpPostgres(installation);
      expect(dump).toContain('the data are found');
      expect(found(dump)).toEqual([]);
      expect(found(await dumpRedis(installation))).toEqual([]);
      const apps = [installation.admin, ...installation.workers];
      for (const app of apps) {
        expect(app.logs()).toMatch(/"level":"(debug|trace|info)"/);
        expect(found(app.logs())).toEqual([]);
        expect(found(await (await fetch(`${app.url}/metrics`)).text())).toEqual([]);
      }
      for (const path of ['/audit', '/events', '/deliveries']) {
        const { status, body } = await installation.call('GET', `${path}?size=1000`);
        expect([status, body.data.length > 0, found(JSON.stringify(body))]).toEqual([200, true, []]);
      }
      expect(exhausted.attempts).toHaveLength(2);
      const [attempt] = exhausted.attempts;
      expect(attempt?.request.headers).toMatchObject({ authorization: null, 'x-team': null });
      expect(attempt?.request.headers['webhook-signature']).toMatch(/^v1,/);
      expect(JSON.parse(attempt?.response.body).echoed).toMatchObject({
        authorization: '[redacted]',
        'x-team': '[redacted]',
      });
      expect(attempt?.response.headers['x-echo']).toBe('[redacted]');
      // The receiver did get them.
      const atFails = receiver.requests.filter(({ url, body }) => url === '/fails' && !body.includes('"ping"'));
      expect(atFails[0]?.headers).toMatchObject({ authorization: headers.Authorization, 'x-team': secrets.header });
      dumped.resolve();
      await Promise.all(hanging);
    }, 120_000);
  },
);

describeInstallation(
  'a webhook',
  { workers: 1, env: { EVENTHOOKS_RETRY_SCHEDULE: '1s' }, backends: ['postgres'] },
  ({ installation, receiver }) => {
    const createHook = (config: Record<string, unknown>, more: Record<string, unknown> = {}) =>
      installation.createHook({
        source: 'crud',
        event: 'routes',
        handler: 'webhook',
        config: { url: receiver.url, ...config },
        ...more,
      });
    const nextRequest = async (data: Record<string, unknown> = {}): Promise<ReceivedRequest> => {
      const count = receiver.requests.length;
      await publish(installation, 'routes', data);
      await receiver.waitForRequests(count + 1);
      const request = receiver.requests.at(-1);
      if (!request) throw new Error('no request');
      return request;
    };
    const headersOf = ({ headers }: ReceivedRequest) =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

    test('is signed by all its secrets during a rotation, for Kong by the oldest, and by the last one after it', async () => {
      const id = await createHook({ secret: 'raw secret', signature_algorithm: 'sha256' });
      const rotate = (body?: unknown) => installation.call('POST', `/event-hooks/${id}/rotate-secret`, body);
      const { body: second } = await rotate();
      const { body: third } = await rotate({ grace_period: 3_600 });
      const during = await nextRequest({ n: 1 });
      const text = during.body.toString();
      expect(during.headers['webhook-signature']?.toString().split(' ')).toHaveLength(3);
      for (const verifier of [
        new Webhook(third.config.secret),
        new Webhook(second.config.secret),
        new Webhook('raw secret', { format: 'raw' }),
      ]) {
        expect(verifier.verify(text, headersOf(during))).toMatchObject({ n: 1 });
      }
      const kong = (secret: string, body: string) =>
        `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      expect(during.headers['x-kong-signature']).toBe(kong('raw secret', text));

      const { body: last } = await rotate({ grace_period: 1 });
      const after = await waitFor(
        async () => {
          const request = await nextRequest({ n: 2 });
          return request.headers['webhook-signature']?.toString().includes(' ') ? undefined : request;
        },
        { timeoutMs: 20_000 },
      );
      expect(new Webhook(last.config.secret).verify(after.body.toString(), headersOf(after))).toMatchObject({ n: 2 });
      expect(() => new Webhook(third.config.secret).verify(after.body.toString(), headersOf(after))).toThrow();
      expect(after.headers['x-kong-signature']).toBe(kong(last.config.secret, after.body.toString()));
    }, 60_000);

    test('a rotation leaves the state of snooze as it is', async () => {
      const id = await createHook({ secret: 'first' }, { snooze: 3_600 });
      await nextRequest();
      await installation.call('POST', `/event-hooks/${id}/rotate-secret`);
      const eventId = await publish(installation, 'routes');
      await deliveryOf(installation, eventId, 'suppressed');
      expect(receiver.requests).toHaveLength(1);
    });

    test('shows its certificate to a receiver that asks for one, and checks the receiver by its own authorities', async () => {
      const seen: string[] = [];
      const secure = createServer(
        { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
        (request, response) => {
          seen.push(String(request.url));
          request.resume().on('end', () => response.end());
        },
      ).listen(0, '127.0.0.1');
      await once(secure, 'listening');
      const { port } = secure.address() as { port: number };
      const at = (path: string, config: Record<string, unknown>) =>
        createHook(
          { url: `https://127.0.0.1:${port}${path}`, ssl_verify: true, ...config },
          { retry: { schedule: [] } },
        );
      const own = { client_cert: client.cert, client_key: client.key };
      const hooks = {
        both: await at('/both', { ...own, ca: authority.cert }),
        noCertificate: await at('/no-certificate', { ca: authority.cert }),
        noAuthority: await at('/no-authority', own),
        unverified: await at('/unverified', { ...own, ssl_verify: false }),
      };
      const eventId = await publish(installation, 'routes');
      const kinds = await waitFor(async () => {
        const { data } = (await installation.call('GET', `/deliveries?event_id=${eventId}`)).body;
        const ended = data.filter(({ status }: { status: string }) => status !== 'waiting');
        return ended.length === 4
          ? new Map(ended.map((delivery: Record<string, string>) => [delivery.hook_id, delivery.error_code]))
          : undefined;
      });
      expect([kinds.get(hooks.both), kinds.get(hooks.unverified), kinds.get(hooks.noAuthority)]).toEqual([
        null,
        null,
        'tls',
      ]);
      expect(kinds.get(hooks.noCertificate)).toMatch(/^(tls|reset)$/);
      expect(new Set(seen)).toEqual(new Set(['/both', '/unverified']));
      secure.close();
      secure.closeAllConnections();
    }, 60_000);

    test('leaves out of its records what redact names, and sends it all the same', async () => {
      receiver.answerWith(({ body }) => ({ headers: { 'x-customer': 'Ada' }, body }));
      const redact = ['$.body.entity.email', '$.headers.x-customer', '$..password'];
      await createHook({}, { redact });
      const data = { entity: { email: 'ada@example.com', name: 'Ada', login: { password: 'hush' } } };
      const eventId = await publish(installation, 'routes', data);
      const { attempts } = await deliveryOf(installation, eventId, 'succeeded');
      const left = { entity: { email: '[redacted]', name: 'Ada', login: { password: '[redacted]' } } };
      expect(JSON.parse(attempts[0]?.request.body)).toEqual({ ...left, event: 'routes', source: 'crud' });
      expect(JSON.parse(attempts[0]?.response.body)).toMatchObject(left);
      expect(attempts[0]?.response.headers['x-customer']).toBe('[redacted]');
      expect(JSON.parse(receiver.requests[0]?.body.toString() ?? '')).toMatchObject(data);
    });

    test('leaves out a body that is no JSON as a whole, a log line by its data, and a lambda by its value', async () => {
      const redact = ['$.body.email'];
      receiver.answerWith(() => ({ body: 'plain ada@example.com' }));
      await createHook({ method: 'GET', payload: { email: '{{ email }}' } }, { handler: 'webhook-custom', redact });
      await installation.createHook({ source: 'crud', event: 'routes', handler: 'log', redact });
      const functions = ['return function (data) return data end'];
      await installation.createHook({
        source: 'crud',
        event: 'routes',
        handler: 'lambda',
        redact,
        config: { functions },
      });
      const eventId = await publish(installation, 'routes', { email: 'ada@example.com', n: 1 });
      await receiver.waitForRequests(1);
      expect(receiver.requests[0]?.url).toContain('ada%40example.com');
      const ended = await waitFor(async () => {
        const { data } = (await installation.call('GET', `/deliveries?event_id=${eventId}&status=succeeded`)).body;
        return data.length === 3 ? data : undefined;
      });
      for (const { id } of ended) {
        const { attempts } = (await installation.call('GET', `/deliveries/${id}`)).body;
        expect(JSON.stringify(attempts)).not.toMatch(/ada(@|%40)example/);
      }
      expect(installation.workers[0]?.logs()).not.toContain('ada@example.com');
    });

    test('whose secrets no key of the worker opens is not sent, says so, and is sent when the key is back', async () => {
      await installation.workers.pop()?.stop();
      const env = { ...installation.env, EVENTHOOKS_SECRET_KEYS: Buffer.alloc(32, 'other').toString('base64') };
      const stranger = await spawnApp('worker', env);
      const id = await createHook({ secret: 'first' }, { retry: { schedule: ['1s', '1s', ...Array(40).fill('2s')] } });
      await installation.createHook({ source: 'crud', event: 'routes', handler: 'log' });
      const eventId = await publish(installation, 'routes');
      const failed = await waitFor(async () => {
        const { data } = (await installation.call('GET', `/deliveries?event_id=${eventId}&hook=${id}`)).body;
        return data[0]?.error_code ? data[0] : undefined;
      });
      expect(failed).toMatchObject({ status: 'waiting', error_code: 'secrets_unreadable' });
      await waitFor(
        async () =>
          (await installation.call('GET', `/deliveries?event_id=${eventId}&status=succeeded`)).body.data.length === 1,
      );
      const ping = await installation.call('GET', `/event-hooks/${id}/ping`);
      expect([ping.status, ping.body.message]).toEqual([503, expect.stringContaining('EVENTHOOKS_SECRET_KEYS')]);
      expect(receiver.requests).toEqual([]);
      await stranger.stop();
      await installation.addWorker();
      await receiver.waitForRequests(1, 30_000);
      expect(receiver.requests[0]?.headers['x-kong-signature']).toMatch(/^sha1=/);
    }, 90_000);

    test('is encrypted with a new key by npm run rotate-keys, while everything runs, and again without any effect', async () => {
      const id = await createHook({ secret: 'first', headers: { authorization: 'hush' } });
      const [other, lost] = [2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64'));
      const runs = [];
      for (const keys of [`${other},${testSecretKey}`, `${other}`, `${lost}`]) {
        runs.push(await rotateKeys({ ...installation.env, EVENTHOOKS_SECRET_KEYS: keys }));
      }
      expect(runs).toEqual([
        {
          code: 0,
          output: expect.stringMatching(/^1 hooks looked at, 1 encrypted anew\nDone: .*\(1 of them anew\)\.\n$/),
        },
        { code: 0, output: expect.stringMatching(/\(0 of them anew\)\.\n$/) },
        { code: 1, output: expect.stringContaining(id) },
      ]);
      // The worker keeps the hook as it read it.
      expect((await nextRequest()).headers).toMatchObject({ authorization: 'hush' });
      expect((await installation.call('GET', `/event-hooks/${id}`)).body.unreadable).toHaveLength(2);
      expect(
        await rotateKeys({ ...installation.env, EVENTHOOKS_SECRET_KEYS: `${testSecretKey},${other}` }),
      ).toMatchObject({
        code: 0,
      });
      expect((await installation.call('GET', `/event-hooks/${id}`)).body.config.secret).toBe('first');
    }, 60_000);
  },
);

function rotateKeys(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const main = fileURLToPath(new URL('../apps/admin/src/rotate-keys-main.ts', import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test('a start with a wrong key is one warning in each process, which names the setting and counts the hooks', async () => {
  await using installation = await startInstallation({ workers: 0 });
  const config = { url: 'http://127.0.0.1:8080/', secret: 'sealed' };
  for (let index = 0; index < 3; index += 1) {
    await installation.createHook({ source: 'crud', event: 'routes', handler: 'webhook', config });
  }
  await installation.createHook({ source: 'crud', event: 'routes', handler: 'log' });
  const env = { ...installation.env, EVENTHOOKS_SECRET_KEYS: Buffer.alloc(32, 7).toString('base64') };
  for (const kind of ['admin', 'worker'] as const) {
    const app = await spawnApp(kind, env);
    try {
      const warnings = () =>
        app
          .logs()
          .split('\n')
          .filter((line) => line.includes('secrets.unreadable'));
      await waitFor(() => warnings().length > 0);
      expect(warnings().map((line) => JSON.parse(line))).toMatchObject([
        { level: 'warn', hooks: 3, error: expect.stringContaining('EVENTHOOKS_SECRET_KEYS') },
      ]);
    } finally {
      await app.stop();
    }
  }
});
