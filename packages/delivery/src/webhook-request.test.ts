import fc from 'fast-check';
import { buildWebhookRequest } from './webhook-request.ts';

function bodyOf(dataText: string): string {
  const built = buildWebhookRequest({ url: 'https://a.example/', headers: {}, dataText, event: 'e"1', source: 's' });
  return built.body ?? '';
}

test('the data is spliced byte for byte, with event and source after it', () => {
  expect(bodyOf('{ "n": 12345678901234567890.10, "s":"\\/é" }')).toBe(
    '{ "n": 12345678901234567890.10, "s":"\\/é" ,"event":"e\\"1","source":"s"}',
  );
});

test.each(['{}', ' {\n} '])('data without fields is only event and source: %j', (dataText) => {
  expect(JSON.parse(bodyOf(dataText))).toEqual({ event: 'e"1', source: 's' });
});

test.each([
  '{"event":"theirs","a":1}',
  '{"a":1,"source":{"x":1}}',
  '{"\\u0065vent":"theirs","a":1}',
  '{"a":1,"event" : "theirs"}',
])("event and source win over the data's own: %s", (dataText) => {
  const body = bodyOf(dataText);
  expect(JSON.parse(body)).toEqual({ a: 1, event: 'e"1', source: 's' });
  expect(body.match(/event/g)).toHaveLength(1);
});

test('event and source below the top level stay', () => {
  const data = { entity: { event: 'inner', source: 'inner' } };
  expect(JSON.parse(bodyOf(JSON.stringify(data)))).toEqual({ ...data, event: 'e"1', source: 's' });
});

test('any data arrives as it was', () => {
  const data = fc.dictionary(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('event', 'source', '__proto__')),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(data, (value) => {
      const text = JSON.stringify(value);
      const sent: unknown = JSON.parse(bodyOf(text));
      const kept: unknown = JSON.parse(text);
      expect(sent).toEqual({ ...Object(kept), event: 'e"1', source: 's' });
    }),
  );
});

test('JSON is the default content type, own headers win in any case, and those of the connection are left out', () => {
  const headers = {
    'Content-Type': 'application/vnd.acme+json',
    'X-Custom': 'My Value',
    Host: 'internal.example',
    Connection: 'close',
    'Content-Length': '1',
    'Transfer-Encoding': 'chunked',
  };
  const input = { url: 'https://a.example/x', dataText: '{}', event: 'e', source: 's' };
  expect(buildWebhookRequest({ ...input, headers })).toMatchObject({ method: 'POST', url: 'https://a.example/x' });
  expect(buildWebhookRequest({ ...input, headers }).headers).toEqual({
    'user-agent': 'eventhooks',
    'content-type': 'application/vnd.acme+json',
    'x-custom': 'My Value',
  });
  expect(buildWebhookRequest({ ...input, headers: {} }).headers['content-type']).toBe('application/json');
});
