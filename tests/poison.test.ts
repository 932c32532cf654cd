import { describeInstallation } from './describe-installation.ts';

// A lambda on 20,000 strings takes much of its CPU time on a busy machine, which may have to try again.
const env = { EVENTHOOKS_RETRY_SCHEDULE: '1s,1s,1s,1s,1s' };

describeInstallation('poison', { workers: 1, backends: ['postgres'], env }, ({ installation, receiver }) => {
  const event = (data: string) => `{"source":"crud","event":"consumers","data":${data}}`;
  const nested = (levels: number) => `${'{"a":'.repeat(levels)}{}${'}'.repeat(levels)}`;

  /** JSON texts of data that break what is not made for them, and the data that a receiver gets for each. */
  const poisons: [name: string, text: string, received?: string][] = [
    ['the deepest nesting', nested(31)],
    ['an empty object', '{}'],
    ['NUL characters', '{"v":"a\\u0000b","\\u0000":"\\u0000"}'],
    ['lone surrogates', '{"v":"\\ud800","\\udfff":["\\udc00x"]}'],
    ['keys of the prototype', '{"__proto__":{"v":1},"constructor":{"prototype":1},"toString":1,"hasOwnProperty":null}'],
    ['a key twice: the last counts', '{"v":1,"v":2}', '{"v":2}'],
    ['numbers beyond the doubles', '{"v":9007199254740993,"w":1e400,"x":-0}'],
    ['a key of 200 KB', `{"${'k'.repeat(200_000)}":1}`],
    ['20,000 empty strings', `{"v":[${Array(20_000).fill('""').join()}]}`],
    ['an empty key, and keys that look like numbers', '{"2":"b","1":"a","":0,"01":1}'],
    ['template and Lua syntax', '{"v":"{{ v }}{% raw %}]]..os.exit()"}'],
    ['line separators and a byte order mark', '{"v":"\u2028\u2029\ufeff"}'],
  ];

  test.each(poisons)(
    'data with %s are delivered by every handler, recorded, and have a digest',
    async (_, text, received = text) => {
      const config = { url: receiver.url };
      const hook = (over: object) => installation.createHook({ source: 'crud', event: 'consumers', ...over });
      await hook({ handler: 'webhook', config, on_change: true });
      await hook({
        handler: 'webhook-custom',
        config: { ...config, method: 'POST', headers: { 'x-v': 'fixed' }, payload: { v: '{{ v }}' } },
      });
      await hook({ handler: 'lambda', config: { functions: ['return function (data) return true end'] } });
      await hook({ handler: 'log' });
      const published = await installation.call('POST', '/events', `[${event(text)},${event(text)}]`);
      expect(published).toMatchObject({ status: 202 });
      await installation.waitForRest();
      const ids = published.body.data.map(({ id }: { id: string }) => id);
      const records = await installation.query(
        'SELECT status, count(*)::int AS count FROM deliveries WHERE event_id = ANY($1) GROUP BY 1 ORDER BY 1',
        [ids],
      );
      expect(records).toEqual([
        { status: 'succeeded', count: 7 },
        { status: 'suppressed', count: 1 },
      ]);
      const bodies = receiver.requests
        .filter(({ headers }) => headers['x-v'] === undefined)
        .map(({ body }) => body.toString());
      const [body] = bodies;
      expect(bodies).toHaveLength(1);
      // The data as sent, then the two names that are ours.
      const separator = received === '{}' ? '' : ',';
      expect(body).toBe(`${received.slice(0, -1)}${separator}"event":"consumers","source":"crud"}`);
      const stored = await fetch(`${installation.admin.url}/events/${ids[0]}`);
      expect(await stored.text()).toContain(`"data":${received},"publisher_id"`);
    },
  );

  test.each([
    ['nests 33 levels', event(nested(32))],
    ['nests 100,000 levels', event(nested(100_000))],
    ['is 100,000 brackets', '['.repeat(100_000)],
    ['holds more than 256 KiB', event(`{"v":"${'x'.repeat(256 * 1024)}"}`)],
    ['has an id with a NUL', '{"source":"crud","event":"consumers","data":{},"id":"a\\u0000"}'],
    ['has an id that is half a character', '{"source":"crud","event":"consumers","data":{},"id":"\\ud800"}'],
    ['has a source of the prototype', '{"source":"__proto__","event":"toString","data":{}}'],
  ])('what %s is refused, and its request as a whole', async (_, text) => {
    const before = await installation.query('SELECT count(*) FROM events');
    expect((await installation.call('POST', '/events', `[${event('{}')},${text}]`)).status).toBe(400);
    expect(await installation.query('SELECT count(*) FROM events')).toEqual(before);
  });

  test('errors that no text of PostgreSQL can hold are recorded all the same, and hold up nobody', async () => {
    const lambda = (source: string) => ({
      source: 'crud',
      event: 'consumers',
      handler: 'lambda',
      config: { functions: [source] },
      retry: { schedule: [] },
    });
    const hooks = [
      await installation.createHook(lambda('return function () error("a\\0b") end')),
      await installation.createHook(lambda('return function () return nil, "a\\0b" end')),
      await installation.createHook({
        ...lambda('() => { throw new Error("a\\u0000\\ud800") }'),
        config: { language: 'javascript', functions: ['() => { throw new Error("a\\u0000\\ud800") }'] },
      }),
    ];
    receiver.answerWith(() => ({ status: 500, body: Buffer.from([0, 255, 0xed, 0xa0, 0x80]) }));
    hooks.push(
      await installation.createHook({
        source: 'crud',
        event: 'consumers',
        handler: 'webhook',
        config: { url: receiver.url },
        retry: { schedule: [] },
      }),
    );
    await installation.call('POST', '/events', event('{"v":1}'));
    await installation.waitForRest();
    for (const hook of hooks) {
      const { body } = await installation.call('GET', `/deliveries?hook=${hook}`);
      expect(body.data).toEqual([expect.objectContaining({ status: 'exhausted', attempt_count: 1 })]);
    }
  });
});
