import type { JsonObject } from '@eventhooks/contract';
import fc from 'fast-check';
import { buildCustomRequest, type CustomRequestInput } from './custom-request.ts';
import type { BuiltRequest } from './webhook-request.ts';

const payload: JsonObject = {
  text: 'a "quoted" & b=c\r\nGrüße',
  count: 3,
  yes: true,
  none: null,
  list: ['x', 'y'],
  nested: { a: [1] },
};

function build(changes: Partial<CustomRequestInput>): BuiltRequest {
  const base = { method: 'POST', url: 'https://a.example/hook?x=1#top', headers: {}, payload, body: null };
  const built = buildCustomRequest({ ...base, ...changes });
  if (!built.ok) throw new Error(built.message);
  return built.request;
}

async function readMultipart(request: BuiltRequest): Promise<FormData> {
  return await new Response(request.body, { headers: request.headers }).formData();
}

test('a body is sent as it is and wins over the payload', () => {
  const request = build({ body: '<x/>', headers: { 'Content-Type': 'text/xml' } });
  expect(request).toMatchObject({ body: '<x/>', headers: { 'content-type': 'text/xml' } });
  expect(build({ body: '' }).body).toBe('');
});

test('without body and payload nothing is sent, and no content type is claimed', () => {
  expect(build({ payload: null })).toMatchObject({
    method: 'POST',
    body: null,
    headers: { 'user-agent': 'eventhooks' },
  });
});

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.acme+json'])(
  'a payload for %s is JSON',
  (contentType) => {
    const request = build({ headers: { 'Content-Type': contentType } });
    expect(JSON.parse(request.body ?? '')).toEqual(payload);
    expect(request.headers['content-type']).toBe(contentType);
  },
);

test('a urlencoded payload repeats the keys of lists and keeps values in their places', () => {
  const request = build({ headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  expect([...new URLSearchParams(request.body ?? '')]).toEqual([
    ['text', 'a "quoted" & b=c\r\nGrüße'],
    ['count', '3'],
    ['yes', 'true'],
    ['none', ''],
    ['list', 'x'],
    ['list', 'y'],
    ['nested', '{"a":[1]}'],
  ]);
});

test.each<Record<string, string>>([
  {},
  { 'content-type': 'multipart/form-data' },
  { 'content-type': 'multipart/form-data; boundary=mine' },
])('a payload is multipart for the headers %j, with a boundary of our own', async (headers) => {
  const request = build({ headers });
  expect(request.headers['content-type']).toMatch(/^multipart\/form-data; boundary=eventhooks-[0-9a-f]{32}$/);
  const form = await readMultipart(request);
  expect([...form].map(([name]) => name)).toEqual(['text', 'count', 'yes', 'none', 'list', 'list', 'nested']);
  expect(form.get('text')).toBe('a "quoted" & b=c\r\nGrüße');
  expect(form.get('nested')).toBe('{"a":[1]}');
});

test('no name or value breaks out of its multipart field', async () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('\r\n--eventhooks-', '"; filename="x', '\r\n\r\n', '--'));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, text, { minKeys: 1 }), async (fields) => {
      const form = await readMultipart(build({ payload: fields }));
      expect([...form].map(([, value]) => value)).toEqual(Object.values(fields));
    }),
  );
});

test.each(['GET', 'HEAD'])('a payload on %s becomes the query string, after what the URL has', (method) => {
  const request = build({ method, payload: { a: '1&b=2', c: 'é' } });
  expect(request).toMatchObject({ method, body: null, url: 'https://a.example/hook?x=1&a=1%26b%3D2&c=%C3%A9#top' });
});

test('an empty payload leaves the URL alone', () => {
  expect(build({ method: 'GET', payload: {} }).url).toBe('https://a.example/hook?x=1#top');
});

test('a payload on DELETE is a body', () => {
  expect(build({ method: 'DELETE', headers: { 'content-type': 'application/json' } }).body).toBe(
    JSON.stringify(payload),
  );
});

test('a payload for a content type that none of the encodings fits cannot be sent', () => {
  const input = {
    method: 'POST',
    url: 'https://a.example/',
    headers: { 'content-type': 'text/xml' },
    payload,
    body: null,
  };
  expect(buildCustomRequest(input)).toEqual({
    ok: false,
    kind: 'invalid_request',
    message: 'a payload cannot be encoded as text/xml; use body',
  });
});

test('headers of the connection are left out', () => {
  const { headers } = build({ headers: { Host: 'x', 'Proxy-Authorization': 'x', TE: 'x', 'X-A': 'b' }, payload: null });
  expect(headers).toEqual({ 'user-agent': 'eventhooks', 'x-a': 'b' });
});
