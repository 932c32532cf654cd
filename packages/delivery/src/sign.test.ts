import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type SigningInput, signRequest } from './sign.ts';

const body = '{"text":"Grüße 😀","event":"consumers","source":"crud"}';

function sign(changes: Partial<SigningInput> = {}): Record<string, string> {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  return signRequest({ id: 'msg_1', timestampSeconds, body, secrets: ['s3cret'], algorithm: 'sha1', ...changes });
}

const whsec = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

test('without a secret there is an id and a timestamp, and no signature', () => {
  expect(sign({ secrets: [], timestampSeconds: 1_700_000_000 })).toEqual({
    'webhook-id': 'msg_1',
    'webhook-timestamp': '1700000000',
  });
});

test.each(['sha1', 'sha256'] as const)("Kong's header is the hex HMAC of the body with %s", (algorithm) => {
  const expected = createHmac(algorithm, 's3cret').update(body).digest('hex');
  expect(sign({ algorithm })['x-kong-signature']).toBe(`${algorithm}=${expected}`);
});

test.each([
  ['the secret, whsec_ included', [whsec]],
  ['the oldest secret during a rotation, for receivers that have not changed yet', ['newest', 'newer', whsec]],
])("Kong's header is keyed by the text of %s", (_what, secrets) => {
  const expected = createHmac('sha1', whsec).update(body).digest('hex');
  expect(sign({ secrets })['x-kong-signature']).toBe(`sha1=${expected}`);
});

test('the standardwebhooks package verifies whsec_ secrets', () => {
  expect(new Webhook(whsec).verify(body, sign({ secrets: [whsec] }))).toEqual(JSON.parse(body));
});

test('the standardwebhooks package verifies any other secret in its raw format', () => {
  const secret = 'pässword';
  const webhook = new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
  expect(webhook.verify(body, sign({ secrets: [secret] }))).toEqual(JSON.parse(body));
});

test('whsec_ before what is no base64 is a raw secret', () => {
  const secret = 'whsec_not base64!';
  const webhook = new Webhook(secret, { format: 'raw' });
  expect(webhook.verify(body, sign({ secrets: [secret] }))).toEqual(JSON.parse(body));
});

test('during a rotation the new and the old secret both verify, and a third does not', () => {
  const headers = sign({ secrets: [whsec, 'old'] });
  expect(headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/=]+ v1,[A-Za-z0-9+/=]+$/);
  expect(() => new Webhook(whsec).verify(body, headers)).not.toThrow();
  expect(() => new Webhook('old', { format: 'raw' }).verify(body, headers)).not.toThrow();
  expect(() => new Webhook('other', { format: 'raw' }).verify(body, headers)).toThrow();
});

test('a changed byte, id or timestamp does not verify', () => {
  const webhook = new Webhook(whsec);
  const headers = sign({ secrets: [whsec] });
  expect(() => webhook.verify(`${body} `, headers)).toThrow();
  expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
  const later = String(Number(headers['webhook-timestamp']) + 1);
  expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow();
});

test('text and its UTF-8 bytes have the same signatures', () => {
  const at = { timestampSeconds: 1_700_000_000 };
  expect(sign({ ...at, body: Buffer.from(body) })).toEqual(sign(at));
});
