import { CloudEvent, HTTP } from 'cloudevents';
import { createTestDatabase, sendUnchanged, startTestAdmin, type TestAdmin, type TestDatabase } from './test-admin.ts';

let database: TestDatabase;
let admin: TestAdmin;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await startTestAdmin(database);
}, 60_000);
afterAll(async () => {
  await admin.stop();
  await database.drop();
});

const structured = 'application/cloudevents+json';
const batched = 'application/cloudevents-batch+json';
const event = { specversion: '1.0', id: '1', source: 'crud', type: 'consumers', data: { operation: 'create' } };
const binaryHeaders = { 'ce-specversion': '1.0', 'ce-source': 'crud', 'ce-type': 'consumers' };

function publish(type: string | null, body: unknown, headers: Record<string, string> = {}) {
  return admin.call('POST', '/events', {
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: { ...(type !== null && { 'content-type': type }), ...headers },
  });
}

async function dataOf(id: string): Promise<string | undefined> {
  const { text } = await admin.call('GET', `/events/${id}`);
  return /"data":(.*),"publisher_id"/.exec(text)?.[1];
}

async function faultsOf(answer: ReturnType<typeof publish>): Promise<unknown> {
  const { status, body } = await answer;
  return [status, body.faults?.map(({ index, field }: { index: number; field: string }) => [index, field])];
}

test('events are taken as the CNCF SDK sends them: structured, binary and batched', async () => {
  const made = (id: string) =>
    new CloudEvent({
      source: 'crud',
      type: 'consumers',
      id,
      data: { operation: 'create' },
      time: '2026-01-02T03:04:05Z',
    });
  const messages = [
    HTTP.structured(made('sdk-1')),
    HTTP.binary(made('sdk-2')),
    { headers: { 'content-type': batched }, body: JSON.stringify([made('sdk-3'), made('sdk-4')]) },
  ];
  for (const { headers, body } of messages) {
    const options = { headers: headers as Record<string, string>, body: body as string };
    expect((await admin.call('POST', '/events', options)).status).toBe(202);
    expect((await admin.call('POST', '/events', options)).status).toBe(200);
  }
  const { body } = await admin.call('GET', '/events?source=crud&event=consumers');
  const ids = body.data.map(({ publisher_id }: { publisher_id: string }) => publisher_id);
  expect(ids.sort()).toEqual(['sdk-1', 'sdk-2', 'sdk-3', 'sdk-4']);
});

test('F3 data_base64 of JSON is decoded without loss, and must be an object', async () => {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const send = (over: object) => publish(structured, { ...event, data: undefined, ...over });
  const taken = [
    [{ datacontenttype: 'application/json', data_base64: 'eyJhIjoxfQ==' }, '{"a":1}'],
    [
      { datacontenttype: 'application/vnd.x+json; charset=utf-8', data_base64: encode('\ufeff{"2":1.0,"1":1e400}') },
      '{"2":1.0,"1":1e400}',
    ],
    [{ data_base64: encode('{"a":1}') }, '{"a":1}'],
  ] as const;
  for (const [index, [over, data]] of taken.entries()) {
    const { status, body } = await send({ ...over, id: `f3-${index}` });
    expect([status, await dataOf(body.id)]).toEqual([202, data]);
  }
  const refused = [encode('[1]'), encode('1'), encode('x'), 'e', 'eyJhIjoxfQ', 'eyJh-joxfQ==', '', 5, {}, '/w=='];
  for (const data_base64 of refused) {
    expect([data_base64, await faultsOf(send({ data_base64 }))]).toEqual([data_base64, [400, [[0, 'data_base64']]]]);
  }
  expect(await faultsOf(send({ datacontenttype: 'text/xml', data_base64: encode('{}') }))).toEqual([
    400,
    [[0, 'data_base64']],
  ]);
  expect(await faultsOf(send({ data: {}, data_base64: encode('{}') }))).toEqual([400, [[0, 'data_base64']]]);
  expect(await faultsOf(publish(batched, [event, { ...event, data: undefined, data_base64: 5 }]))).toEqual([
    400,
    [[1, 'data_base64']],
  ]);
});

test.each([
  'application/cloudevents+json; charset=UTF-8',
  'APPLICATION/CloudEvents+JSON',
  'application/cloudevents+json ;charset="utf-8"; x=y',
])('F4 %s is the structured mode', async (type) => {
  expect((await publish(type, { ...event, id: type })).status).toBe(202);
});

test('F4 in binary mode any JSON type is JSON; formats that nobody here reads are not', async () => {
  for (const type of [
    'application/JSON; charset=utf-8',
    'application/vnd.acme+json',
    'text/json',
    'application/problem+JSON',
  ]) {
    expect((await publish(type, '{"a":1}', { ...binaryHeaders, 'ce-id': type })).status).toBe(202);
  }
  expect((await publish('application/cloudevents+avro', 'x')).status).toBe(415);
  expect((await publish('application/cloudevents', event)).status).toBe(415);
  expect(await faultsOf(publish('text/plain', '{}', { ...binaryHeaders, 'ce-id': 'x' }))).toEqual([400, [[0, 'data']]]);
});

test.each<[string, string, unknown, [number, string][]]>([
  ['a batch that is one object', batched, event, [[0, '']]],
  ['a list in structured mode', structured, [event], [[0, '']]],
  [
    'a list with what is no event',
    batched,
    [event, 5, null],
    [
      [1, ''],
      [2, ''],
    ],
  ],
  [
    'specversion 0.3 with a dataschema',
    structured,
    { ...event, specversion: '0.3', dataschema: 'x' },
    [
      [0, 'specversion'],
      [0, 'dataschema'],
    ],
  ],
  ['data_base64 that is a number', structured, { ...event, data: undefined, data_base64: 5 }, [[0, 'data_base64']]],
  ['specversion 2.0', structured, { ...event, specversion: '2.0' }, [[0, 'specversion']]],
  ['no specversion', structured, { ...event, specversion: undefined }, [[0, 'specversion']]],
  [
    'a specversion that is a number',
    structured,
    '{"specversion":1.0,"id":"1","source":"crud","type":"consumers","data":{}}',
    [[0, 'specversion']],
  ],
  [
    'nothing required',
    structured,
    { data: {} },
    [
      [0, 'specversion'],
      [0, 'id'],
      [0, 'source'],
      [0, 'type'],
    ],
  ],
  [
    'empty attributes',
    structured,
    { ...event, id: '', source: '', type: '', subject: '' },
    [
      [0, 'id'],
      [0, 'source'],
      [0, 'type'],
      [0, 'subject'],
    ],
  ],
  ['an id that is a number', structured, { ...event, id: 5 }, [[0, 'id']]],
  ['a time without zone', structured, { ...event, time: '2018-04-05T17:31:00' }, [[0, 'time']]],
  ['a day that is none', structured, { ...event, time: '2026-02-31T00:00:00Z' }, [[0, 'time']]],
  ['a source that is no URI-reference', structured, { ...event, source: 'a b' }, [[0, 'source']]],
  ['a datacontenttype that is none', structured, { ...event, datacontenttype: 'json' }, [[0, 'datacontenttype']]],
  [
    'an extension in upper case, and one that is an object',
    structured,
    { ...event, fooBar: 1, ext: {} },
    [
      [0, 'fooBar'],
      [0, 'ext'],
    ],
  ],
  ['data that are a list', structured, { ...event, data: [1] }, [[0, 'data']]],
  ['data that are absent', structured, { ...event, data: undefined }, [[0, 'data']]],
  ['a type that is not known', batched, [event, { ...event, type: 'no' }], [[1, 'type']]],
  ['a type that is empty in the second of two', batched, [event, { ...event, type: '' }], [[1, 'type']]],
])('F5 %s is refused by index and field', async (_what, type, body, faults) => {
  expect(await faultsOf(publish(type, body))).toEqual([400, faults]);
});

test('F6 in binary mode, too, the version and the other attributes are required', async () => {
  const { 'ce-specversion': _version, ...others } = { ...binaryHeaders, 'ce-id': 'f6' };
  expect(await faultsOf(publish('application/json', '{}', others))).toEqual([400, [[0, 'specversion']]]);
  expect(await faultsOf(publish('application/json', '{}', binaryHeaders))).toEqual([400, [[0, 'id']]]);
  const old = { ...binaryHeaders, 'ce-id': 'f6', 'ce-specversion': '0.3', 'ce-time': 'yesterday' };
  expect(await faultsOf(publish('application/json', '{}', old))).toEqual([
    400,
    [
      [0, 'specversion'],
      [0, 'time'],
    ],
  ]);
});

test('F7 a binary event without a content type is JSON', async () => {
  const { status, body } = await publish(null, '{"n":136.0}', { ...binaryHeaders, 'ce-id': 'f7' });
  expect([status, await dataOf(body.id)]).toEqual([202, '{"n":136.0}']);
  expect(await faultsOf(publish(null, '{', { ...binaryHeaders, 'ce-id': 'f7' }))).toEqual([400, [[0, 'data']]]);
});

test('F8 headers are decoded: percent-encoding, quotes, and bytes that are no UTF-8', async () => {
  expect((await publish(structured, { ...event, id: 'Jürgen9 100%' })).status).toBe(202);
  const send = (id: string) => publish('application/json', '{}', { ...binaryHeaders, 'ce-id': id });
  for (const id of ['J%C3%BCrgen9%20100%', 'J%c3%bcrgen9 100%25', '"J%C3%BCrgen9 \\100%"']) {
    expect([id, (await send(id)).body.duplicate]).toEqual([id, true]);
  }
  for (const id of ['J%FCrgen', 'J\u00fcrgen', '%C3']) expect(await faultsOf(send(id))).toEqual([400, [[0, 'id']]]);
});

test('F8 a header that stands twice is refused: joined, the two would be another id', async () => {
  const headers = { ...binaryHeaders, 'ce-id': ['same', 'same'] };
  const { status, body } = await sendUnchanged(admin, { path: '/events', method: 'POST', headers, body: '{}' });
  expect([status, body.fields]).toEqual([400, { 0: { id: 'the header stands more than once' } }]);
});

test('F9 attributes that stand in headers beside a structured event are read once, and the same way each time', async () => {
  const { id: _id, ...withoutId } = event;
  expect((await publish(structured, withoutId, { 'ce-id': 'x2' })).status).toBe(202);
  const again = await publish(structured, withoutId, { ...binaryHeaders, 'ce-id': 'x2' });
  expect([again.status, again.body.duplicate]).toEqual([200, true]);
  const own = await publish(structured, { ...event, id: 'x2' }, { 'ce-id': 'other' });
  expect([own.status, own.body.duplicate]).toEqual([200, true]);
  expect(await faultsOf(publish(structured, withoutId))).toEqual([400, [[0, 'id']]]);
});

test('F10 a URI source can be registered, hooked and published', async () => {
  const [source, type] = ['https://example.com/orders?x=1#y', 'com.example.paid'];
  const path = `/event-hooks/sources/${encodeURIComponent(source)}/${encodeURIComponent(type)}`;
  const refused = await publish(structured, { ...event, source, type });
  expect([refused.status, refused.body.faults[0].field]).toEqual([400, 'source']);
  expect((await admin.call('PUT', path, { body: {} })).status).toBe(200);
  expect((await admin.call('GET', path)).status).toBe(200);
  expect((await admin.call('GET', `/event-hooks/sources/${encodeURIComponent(source)}`)).status).toBe(200);
  const hook = await admin.call('POST', '/event-hooks', { body: { source, event: type, handler: 'log' } });
  expect(hook.status).toBe(201);
  expect((await publish(structured, { ...event, source, type })).status).toBe(202);
  const { body } = await admin.call('GET', `/events?source=${encodeURIComponent(source)}`);
  expect(body.data).toHaveLength(1);
  expect((await admin.call('DELETE', path)).status).toBe(409);
  await admin.call('DELETE', `/event-hooks/${hook.body.id}`);
  expect((await admin.call('DELETE', path)).status).toBe(204);
});

test("F10 names are printable, of up to 512 characters, and not the dispatcher's", async () => {
  const put = async (source: string, name: string) =>
    (
      await admin.call('PUT', `/event-hooks/sources/${encodeURIComponent(source)}/${encodeURIComponent(name)}`, {
        body: {},
      })
    ).status;
  for (const name of ['x'.repeat(512), 'é'.repeat(512), '🙂👩‍👩‍👧 a/b\\c', '%2F', '"']) {
    expect([name, await put(name, 'a')]).toEqual([name, 200]);
    expect([name, await put('a', name)]).toEqual([name, 200]);
  }
  for (const name of ['x'.repeat(513), 'a\u0000', 'a\nb', '\u202e', '\u2028'])
    expect([name, await put(name, 'a')]).toEqual([name, 400]);
  expect(await put('eventhooks', 'mine')).toBe(400);
  expect(await put('𝕏'.repeat(512), '𝕐'.repeat(512))).toBe(400);
});

/** The examples of the specification: HTTP binding 3.1.4, 3.2.4 and 3.3.4; JSON format 3.2; JSON batch 4.3. */
test("the specification's own examples are taken, or refused for data that are no object", async () => {
  await admin.call('POST', '/workspaces', { body: { name: 'spec', open: true } });
  const send = (type: string, body: unknown, headers: Record<string, string> = {}) =>
    admin.call('POST', '/spec/events', {
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      headers: { 'content-type': type, ...headers },
    });
  const attributes = {
    specversion: '1.0',
    type: 'com.example.someevent',
    source: '/mycontext',
    subject: null,
    id: 'C234-1234-1234',
    time: '2018-04-05T17:31:00Z',
    comexampleextension1: 'value',
    comexampleothervalue: 5,
    unsetextension: null,
    datacontenttype: 'application/json',
  };
  const data = { appinfoA: 'abc', appinfoB: 123, appinfoC: true };
  expect((await send('application/cloudevents+json; charset=UTF-8', { ...attributes, data })).status).toBe(202);
  const headers = {
    'ce-specversion': '1.0',
    'ce-type': 'com.example.someevent',
    'ce-time': '2018-04-05T03:56:24Z',
    'ce-id': '1234-1234-1234',
    'ce-source': '/mycontext/subcontext',
    'ce-comexampleextension': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
  };
  expect((await send('application/json; charset=utf-8', data, headers)).status).toBe(202);
  const batch = [
    { ...attributes, id: 'B234-1234-1234', source: '/mycontext/4', data },
    { ...attributes, id: 'C234-1234-1234', source: '/mycontext/9', type: 'com.example.someotherevent', data },
  ];
  expect((await send(`${batched}; charset=UTF-8`, batch)).status).toBe(202);
  expect((await send(batched, [])).status).toBe(200);
  const xml = { ...attributes, datacontenttype: 'application/xml', data: '<much wow="xml"/>' };
  expect(await faultsOf(send(structured, xml))).toEqual([400, [[0, 'data']]]);
  const sources = [
    'https://github.com/cloudevents',
    'mailto:cncf-wg-serverless@lists.cncf.io',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
    '/cloudevents/spec/pull/123',
    '/sensors/tn-1234567/alerts',
    '1-555-123-4567',
  ];
  const many = sources.map((source) => ({ ...attributes, source, data }));
  expect((await send(batched, many)).status).toBe(202);
});
