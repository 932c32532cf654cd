import { type MapInput, readJson, stringifyExact, type VerifyInput } from '@eventhooks/contract';
import { answerChallenge, answerHandshake, completeEndpoint, mapRequest, type ReadRequest } from './index.ts';

const verify: VerifyInput = { scheme: 'none' };

function request(json: string | null, more: Partial<ReadRequest> = {}): ReadRequest {
  const raw = json ?? '';
  const document = json === null ? null : readJson(json);
  return { method: 'POST', query: {}, headers: {}, sent: Buffer.from(raw), raw, json: document, ...more };
}

function map(given: MapInput, sent: ReadRequest) {
  const completed = completeEndpoint({
    preset: null,
    verify,
    map: { source: "'s'", event: "'e'", ...given },
    respond: null,
  });
  if (!completed.ok) throw new Error(JSON.stringify(completed.faults));
  return mapRequest(completed.endpoint.mapping, sent);
}

function firstOf(given: MapInput, sent: ReadRequest) {
  const mapped = map(given, sent);
  if (!mapped.ok) throw new Error(mapped.reason);
  const [event] = mapped.events;
  return event;
}

test('numbers keep their digits, as a whole and in parts', () => {
  const sent = request('{"b":7615917337495251231,"a":{"2":136.0,"1":1e400}}');
  expect(stringifyExact(firstOf({}, sent)?.exactData)).toBe(sent.raw);
  const part = firstOf({ data: '{"n": body.b, "a": body.a}' }, request('{"b":7615917337495251231,"a":{"x":136.0}}'));
  expect(stringifyExact(part?.exactData)).toBe('{"n":7615917337495251231,"a":{"x":136.0}}');
  const single = '{"id":123456789012345678901234567890,"amount":10.50}';
  const event = firstOf({ id: 'body.id', data: '{"id": body.id, "amount": body.amount}' }, request(single));
  expect(stringifyExact(event?.exactData)).toBe(single);
  expect(event?.fields).toMatchObject({ id: '123456789012345678901234567890' });
});

test('without an id it is a hash of the bytes that were sent, and of the place in a split', () => {
  const sent = request('[{"n":1},{"n":1}]');
  const mapped = map({ split: 'body', id: 'null' }, sent);
  expect(mapped).toMatchObject({
    isList: true,
    events: [
      { fields: { id: expect.stringMatching(/^[0-9a-f]{64}-0$/), data: { n: 1 } } },
      { fields: { id: expect.stringMatching(/^[0-9a-f]{64}-1$/), data: { n: 1 } } },
    ],
  });
  const other = firstOf({}, request('{"n":1} '));
  expect(other?.fields).not.toMatchObject({ id: Reflect.get(Object(firstOf({}, request('{"n":1}'))?.fields), 'id') });
});

test('lists and maps of mixed types may be made', () => {
  const event = firstOf({ data: '{"list": [1, "a", body.x], "map": {"a": 1, "b": "c"}}' }, request('{"x":null}'));
  expect(event?.fields).toMatchObject({ data: { list: [1, 'a', null], map: { a: 1, b: 'c' } } });
});

test('query, headers, method and text can be read', () => {
  const sent = request(null, { raw: 'plain', query: { kind: 'k' }, headers: { 'x-a': 'h' } });
  const event = firstOf(
    { source: 'method', event: "query.kind + headers['x-a']", data: '{"raw": raw, "body": body}' },
    sent,
  );
  expect(event?.fields).toMatchObject({ source: 'POST', event: 'kh', data: { raw: 'plain', body: null } });
});

test('data that are no object are nested', () => {
  expect(firstOf({}, request('[1]'))?.fields).toMatchObject({ data: { body: [1] } });
  expect(firstOf({}, request(null))?.fields).toMatchObject({ data: { body: null } });
  expect(firstOf({ data: 'body.n' }, request('{"n":2}'))?.fields).toMatchObject({ data: { body: 2 } });
  expect(firstOf({}, request('{"source":1}'))?.fields).toMatchObject({ data: { body: { source: 1 } } });
});

test.each<[MapInput, string]>([
  [{ event: 'body.missing' }, 'event: 1:5'],
  [{ event: "''" }, 'event: gives no text'],
  [{ event: 'body.list' }, 'event: gives no text'],
  [{ id: 'body.list' }, 'id: gives no text, number or bool'],
  [{ data: 'body.list[7]' }, 'data: 1:'],
  [{ split: 'body.missing' }, 'split: 1:5'],
  [{ split: 'body.many' }, 'split: gives 1001 items'],
])('a mapping that fails says where: %j', (given, reason) => {
  const many = Array.from({ length: 1_001 }, () => 0);
  const mapped = map(given, request(JSON.stringify({ list: [], many })));
  expect(mapped).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
});

test('an endpoint is completed with all of its faults', () => {
  const given = {
    preset: null,
    verify: { scheme: 'token', username: 'x', algorithm: 'sha1' },
    map: { event: 'body.(', id: '[1]' },
    respond: null,
  } as const;
  const completed = completeEndpoint(given);
  expect(completed.ok || completed.faults.map(({ path, message }) => `${path.join('.')}: ${message}`).sort()).toEqual([
    'map.event: 1:5: unexpected .',
    expect.stringMatching(/^map\.id: 1:\d: expected a text, number or bool/),
    'map.source: required field missing',
    'verify.algorithm: unknown field',
    'verify.secrets: required field missing',
    'verify.username: unknown field',
  ]);
  const nothing = completeEndpoint({ ...given, verify: {} });
  expect(nothing).toMatchObject({ ok: false });
});

test('a preset keeps what is not overridden; a scheme of its own replaces all', () => {
  const complete = (own: VerifyInput) => {
    const completed = completeEndpoint({ preset: 'github', verify: own, map: { event: "'x'" }, respond: null });
    return completed.ok ? completed.endpoint : completed.faults;
  };
  expect(complete({ secrets: ['s'], header: 'x-other' })).toMatchObject({
    verification: { scheme: 'hmac', header: 'x-other', prefix: 'sha256=', secrets: ['s'] },
    map: { source: "'github'", event: "'x'" },
  });
  expect(complete({ scheme: 'token', secrets: ['s'] })).toMatchObject({
    verification: { scheme: 'token', header: 'authorization', prefix: 'Bearer ', secrets: ['s'] },
  });
  expect(complete({ scheme: 'none' })).toMatchObject({ verification: { scheme: 'none' } });
});

test('handshakes are answered where the endpoint has them, and only with the right token', () => {
  const origin = { 'webhook-request-origin': 'events.example.com' };
  expect(answerHandshake({ challenge: 'cloudevents' }, 'OPTIONS', {}, origin)).toMatchObject({
    status: 200,
    headers: { 'webhook-allowed-origin': 'events.example.com' },
  });
  expect(answerHandshake({ challenge: 'cloudevents' }, 'OPTIONS', {}, {})).toBeNull();
  expect(answerHandshake(null, 'OPTIONS', {}, origin)).toBeNull();
  const hub = { challenge: 'hub.challenge', verify_token: 't' } as const;
  const query = { 'hub.mode': 'subscribe', 'hub.challenge': '<1158201444>' };
  expect(answerHandshake(hub, 'GET', { ...query, 'hub.verify_token': 't' }, {})).toMatchObject({
    body: '<1158201444>',
  });
  expect(answerHandshake(hub, 'GET', { ...query, 'hub.verify_token': 'u' }, {})).toBe('unverified');
  expect(answerHandshake(hub, 'GET', query, {})).toBeNull();
});

test("Slack's challenge and GitHub's ping are answered, events are not taken for them", () => {
  const slack = { challenge: 'url_verification' } as const;
  const question = request('{"type":"url_verification","challenge":"3eZbrw1aB"}');
  expect(answerChallenge(slack, question)?.body).toBe('{"challenge":"3eZbrw1aB"}');
  expect(answerChallenge(slack, request('{"type":"event_callback"}'))).toBeNull();
  expect(answerChallenge(null, question)).toBeNull();
  const ping = { challenge: 'ping' } as const;
  expect(answerChallenge(ping, request('{}', { headers: { 'x-github-event': 'ping' } }))?.status).toBe(200);
  expect(answerChallenge(ping, request('{}', { headers: { 'x-github-event': 'push' } }))).toBeNull();
});
