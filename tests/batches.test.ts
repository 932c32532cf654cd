import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { bothBackends, describeInstallation } from './describe-installation.ts';
import { numberedEvents } from './installation.ts';
import { waitFor } from './support/index.ts';

const secret = `whsec_${Buffer.from('a secret of a batch').toString('base64')}`;

describeInstallation('batches', { workers: 1, backends: bothBackends }, ({ installation, receiver }) => {
  const createHook = (batch: unknown, over: Record<string, unknown> = {}) =>
    installation.createHook({
      source: 'crud',
      event: 'consumers',
      handler: 'webhook',
      config: { url: receiver.url, secret },
      retry: { schedule: ['1s'] },
      batch,
      ...over,
    });
  const publish = async (count: number, start = 0) => {
    const { status } = await installation.call('POST', '/events', numberedEvents(count, start));
    expect(status).toBe(202);
  };
  const bodies = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()));
  const numbers = () => bodies().map((items: { data: { n: number } }[]) => items.map(({ data }) => data.n));
  const deliveriesOf = async (hook: string) =>
    (await installation.call('GET', `/deliveries?hook=${hook}&size=1000`)).body.data;
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  test('a request carries as many events as fit, in order; the rest goes after its wait, and all is signed as a whole', async () => {
    const hook = await createHook({ size: 10, wait: 3_600 });
    expect((await installation.call('GET', `/event-hooks/${hook}`)).body.batch).toEqual({ size: 10, wait: 3_600 });
    await publish(23);
    await receiver.waitForRequests(2);
    await waitFor(
      async () =>
        (await deliveriesOf(hook)).filter(({ reason }: { reason: string }) => reason === 'batch').length === 3,
    );
    await publish(2, 23);
    await waitFor(async () => (await deliveriesOf(hook)).length === 25);
    expect(receiver.requests).toHaveLength(2);
    await installation.query(`UPDATE deliveries SET next_attempt_at = now() WHERE reason = 'batch'`);
    await receiver.waitForRequests(3);
    await installation.waitForRest();
    expect(numbers().toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      range(0, 10),
      range(10, 20),
      range(20, 25),
    ]);
    for (const { body, headers } of receiver.requests) {
      const items = JSON.parse(body.toString());
      expect(headers['eventhooks-batch-size']).toBe(String(items.length));
      new Webhook(secret).verify(body.toString(), {
        'webhook-id': String(headers['webhook-id']),
        'webhook-timestamp': String(headers['webhook-timestamp']),
        'webhook-signature': String(headers['webhook-signature']),
      });
      expect(headers['x-kong-signature']).toBe(`sha1=${createHmac('sha1', secret).update(body).digest('hex')}`);
      expect(items[0]).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        source: 'crud',
        event: 'consumers',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        data: { n: items[0].data.n, note: 'numbered' },
      });
    }
    const ids = bodies()
      .flat()
      .map(({ id }: { id: string }) => id);
    const deliveries = await deliveriesOf(hook);
    expect(deliveries.map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort());
    expect(new Set(deliveries.map(({ batch_id }: { batch_id: string }) => batch_id))).toEqual(
      new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])),
    );
    for (const { duration_ms } of deliveries) expect(duration_ms).toEqual(expect.any(Number));
    const { body } = await installation.call('GET', `/deliveries/${ids[0]}`);
    expect(body).toMatchObject({ status: 'succeeded', attempt_count: 1, attempts: [{ number: 1, ok: true }] });
    const metrics = await Promise.all(
      installation.workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    expect(metrics.join()).toMatch(/eventhooks_batch_size_sum 2[5-9]/);
  }, 120_000);

  test('a batch fails and is tried again as a whole under one webhook-id; by hand each delivery goes alone', async () => {
    let failures = 2;
    receiver.answerWith(() => ({ status: failures-- > 0 ? 500 : 200 }));
    const hook = await createHook({ size: 5, wait: 0 });
    await publish(4);
    await receiver.waitForRequests(2);
    await waitFor(async () =>
      (await deliveriesOf(hook)).every(({ status }: { status: string }) => status === 'exhausted'),
    );
    const [first, second] = receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(numbers()).toEqual([range(0, 4), range(0, 4)]);
    const [delivery] = await deliveriesOf(hook);
    await installation.call('POST', `/deliveries/${delivery.id}/retry`);
    await receiver.waitForRequests(3);
    await installation.waitForRest();
    expect(numbers()[2]).toHaveLength(1);
    const { body } = await installation.call('GET', `/deliveries/${delivery.id}`);
    expect(body.attempts.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, false, true]);
    expect(body.batch_id).toBe(receiver.requests[2]?.headers['webhook-id']);
    // A replay makes batches anew.
    await installation.call('POST', `/event-hooks/${hook}/replay`, {});
    await receiver.waitForRequests(4);
    await installation.waitForRest();
    expect(numbers().slice(3).flat().sort()).toHaveLength(3);
  }, 120_000);

  test('a batch is full before its wait is over, also of events that came one by one', async () => {
    const hook = await createHook({ size: 6, wait: 3600 });
    for (const n of range(0, 7)) await publish(1, n);
    await receiver.waitForRequests(1);
    expect(numbers()).toEqual([range(0, 6)]);
    const left = await waitFor(async () => {
      const waiting = (await deliveriesOf(hook)).filter(({ status }: { status: string }) => status === 'waiting');
      return waiting.length === 1 && waiting[0];
    });
    expect(left).toMatchObject({ reason: 'batch', batch_id: null });
    expect((await installation.call('POST', `/deliveries/${left.id}/cancel`)).status).toBe(200);
  }, 120_000);

  test('templates see the events; tests and previews take several; records leave out what is redacted', async () => {
    const config = {
      url: receiver.url,
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{{ event }} {{ n }}:{% for e in events %} {{ e.data.n }}{% endfor %}',
    };
    const custom = await createHook({ size: 3, wait: 0 }, { handler: 'webhook-custom', config });
    await publish(3);
    await receiver.waitForRequests(1);
    expect(String(receiver.requests[0]?.body)).toBe('consumers 2: 0 1 2');
    const test = await installation.call('POST', `/event-hooks/${custom}/test`, [{ n: 7 }, { n: 8 }]);
    expect(test).toMatchObject({ status: 200, body: { data: [{ n: 7 }, { n: 8 }], result: { status: 200 } } });
    await installation.call('POST', `/event-hooks/${custom}/test`, { n: 9 });
    expect(receiver.requests.slice(1).map(({ body }) => String(body))).toEqual(['consumers 8: 7 8', 'consumers 9: 9']);
    const preview = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: receiver.url } };
    const batch = { size: 2 };
    const render = (over: object) => installation.call('POST', '/event-hooks/render', { ...preview, ...over });
    const rendered = await render({ batch, data: [{ n: 1 }, { n: 2 }] });
    expect(JSON.parse(rendered.body.request.body)).toMatchObject([{ data: { n: 1 } }, { data: { n: 2 } }]);
    expect((await render({ data: [{ n: 1 }] })).body.fields).toEqual({ data: expect.stringContaining('record') });
    await installation.call('DELETE', `/event-hooks/${custom}`);

    const redacted = await createHook({ size: 2, wait: 0 }, { redact: ['$.body.note'] });
    await publish(1);
    await receiver.waitForRequests(4);
    await installation.waitForRest();
    const [delivery] = await deliveriesOf(redacted);
    const { body } = await installation.call('GET', `/deliveries/${delivery.id}`);
    expect(body.attempts[0].request.body).toContain('"note":"[redacted]"');
    expect(String(receiver.requests[3]?.body)).toContain('"note":"numbered"');
  }, 120_000);

  test('with an order a batch holds one key, and goes when it is full or its wait is over; the next of its key waits for it', async () => {
    let failures = 1;
    receiver.answerWith(({ body }) => ({ status: String(body).includes('"n":4,') && failures-- > 0 ? 500 : 200 }));
    const hook = await createHook({ size: 3, wait: 3_600 }, { order_by: 'data.n % 2' });
    await publish(8);
    const waiting = async () =>
      (await deliveriesOf(hook)).filter(({ status }: { status: string }) => status === 'waiting');
    await waitFor(async () => {
      const left: { reason: string; batch_id: string | null }[] = await waiting();
      // Those behind the retry wait for it until its end is recorded.
      const collect = left.every(({ reason, batch_id }) => reason === 'batch' && batch_id === null);
      return receiver.requests.length === 3 && left.length === 2 && collect;
    });
    const [, again] = receiver.requests.filter(({ body }) => String(body).includes('"n":4,'));
    const [first] = receiver.requests.filter(({ body }) => String(body).includes('"n":4,'));
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    for (const n of range(8, 13)) await publish(1, n);
    await receiver.waitForRequests(5);
    const ofKey = (key: number) => numbers().filter(([n = 0]) => n % 2 === key);
    expect(ofKey(0)).toEqual([
      [0, 2, 4],
      [0, 2, 4],
      [6, 8, 10],
    ]);
    expect(ofKey(1)).toEqual([
      [1, 3, 5],
      [7, 9, 11],
    ]);
    await waitFor(async () => (await waiting()).length === 1);
    const [last] = await waiting();
    expect((await installation.call('POST', `/deliveries/${last.id}/cancel`)).status).toBe(200);
    await installation.call('PATCH', `/event-hooks/${hook}`, { enabled: false });

    await createHook({ size: 100, wait: 1 }, { order_by: "''" });
    for (const n of range(20, 25)) await publish(1, n);
    await waitFor(
      () =>
        numbers()
          .flat()
          .filter((n) => n >= 20).length === 5,
    );
    const late = numbers().slice(5);
    expect(late.flat()).toEqual(range(20, 25));
    expect(late.length).toBeLessThan(5);
    await installation.waitForRest();
  }, 120_000);

  test('bad input is a 400 at its field', async () => {
    const refuse = async (over: Record<string, unknown>) => {
      const hook = { source: 'crud', handler: 'webhook', config: { url: receiver.url }, ...over };
      const { status, body } = await installation.call('POST', '/event-hooks', hook);
      expect(status).toBe(400);
      return body.fields;
    };
    expect(await refuse({ batch: { size: 1 } })).toEqual({ batch: { size: 'value must be at least 2' } });
    expect(await refuse({ batch: { size: 1001, wait: 3601 } })).toEqual({
      batch: { size: 'value must be at most 1000', wait: 'value must be at most 3600' },
    });
    expect(await refuse({ batch: { size: 2, wait: 0.5 } })).toEqual({ batch: { wait: 'expected an integer' } });
    expect(await refuse({ batch: {} })).toEqual({ batch: { size: 'required field missing' } });
    expect(await refuse({ batch: { size: 2, bytes: 1 } })).toEqual({ batch: { bytes: 'unknown field' } });
    expect(await refuse({ batch: 5 })).toEqual({ batch: 'expected a record' });
    expect(await refuse({ handler: 'log', config: {}, batch: { size: 2 } })).toEqual({
      batch: "handler 'log' takes no batches",
    });
    const hook = await createHook({ size: 2 });
    const patched = await installation.call('PATCH', `/event-hooks/${hook}`, { handler: 'log', config: {} });
    expect(patched.body.fields).toMatchObject({ batch: expect.stringContaining('no batches') });
    const plain = await createHook(null);
    const tested = await installation.call('POST', `/event-hooks/${plain}/test`, [{ n: 1 }]);
    expect(tested.status).toBe(400);
  }, 120_000);
});
