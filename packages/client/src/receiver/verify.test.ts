import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { signRequest } from '@eventhooks/delivery';
import express from 'express';
import { sign } from './sign.ts';
import { type Verification, verify } from './verify.ts';
import { verifyKong } from './verify-kong.ts';

const body = '{"text":"Grüße 😀","event":"consumers","source":"crud"}';
const secret = 's3cret';
const whsec = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const now = () => Math.floor(Date.now() / 1000);

const headersOf = (changes: Partial<Parameters<typeof sign>[0]> = {}) =>
  sign({ id: 'msg_1', timestampSeconds: now(), body, secret, ...changes });

function kindOf(verification: Verification): string {
  return verification.ok ? 'ok' : verification.kind;
}

test.each([secret, whsec, 'pässword', 'whsec_not base64!'])(
  'signs as the dispatcher does, and verifies what it signed (%s)',
  async (one) => {
    const timestampSeconds = now();
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const sent = signRequest({ id: 'msg_1', timestampSeconds, body, secrets: [one], algorithm });
      expect(sign({ id: 'msg_1', timestampSeconds, body, secret: one, algorithm })).toEqual(sent);
      expect(await verify({ headers: sent, body }, one)).toEqual({
        ok: true,
        id: 'msg_1',
        sentAt: new Date(timestampSeconds * 1000),
        text: body,
        payload: JSON.parse(body),
      });
      expect(await verifyKong({ headers: sent, body }, one, { algorithm })).toEqual({ ok: true, text: body });
    }
  },
);

test('takes a fetch request, and leaves its body to be read', async () => {
  const request = new Request('http://localhost/', { method: 'POST', body, headers: headersOf() });
  expect(kindOf(await verify(request, secret))).toBe('ok');
  expect(await request.text()).toBe(body);
  expect(kindOf(await verify(request, secret))).toBe('body_not_raw');
});

test('takes bytes and text, headers of any case, and a Headers', async () => {
  const headers = headersOf();
  const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
  expect(kindOf(await verify({ headers: upper, body: Buffer.from(body) }, secret))).toBe('ok');
  expect(kindOf(await verify({ headers: new Headers(headers), body }, secret))).toBe('ok');
});

test('a rotation: old and new signatures at the sender, several secrets at the receiver', async () => {
  const headers = signRequest({
    id: 'msg_1',
    timestampSeconds: now(),
    body,
    secrets: [whsec, 'old'],
    algorithm: 'sha1',
  });
  for (const known of [whsec, 'old', ['other', 'old']])
    expect(kindOf(await verify({ headers, body }, known))).toBe('ok');
  expect(kindOf(await verify({ headers, body }, ['other', 'another']))).toBe('signature_mismatch');
});

test.each<[string, () => Parameters<typeof verify>[0], string]>([
  ['a changed body', () => ({ headers: headersOf(), body: `${body} ` }), 'signature_mismatch'],
  ['another id', () => ({ headers: { ...headersOf(), 'webhook-id': 'msg_2' }, body }), 'signature_mismatch'],
  [
    'another time',
    () => ({ headers: { ...headersOf(), 'webhook-timestamp': String(now() - 5) }, body }),
    'signature_mismatch',
  ],
  [
    'another version',
    () => {
      const headers = headersOf();
      return {
        headers: { ...headers, 'webhook-signature': headers['webhook-signature']?.replace('v1,', 'v2,') },
        body,
      };
    },
    'signature_mismatch',
  ],
  [
    'an empty signature',
    () => ({ headers: { ...headersOf(), 'webhook-signature': 'v1,' }, body }),
    'signature_mismatch',
  ],
  [
    'an old request',
    () => ({ headers: headersOf({ timestampSeconds: now() - 301 }), body }),
    'timestamp_out_of_tolerance',
  ],
  [
    'one from the future',
    () => ({ headers: headersOf({ timestampSeconds: now() + 310 }), body }),
    'timestamp_out_of_tolerance',
  ],
  [
    'a time that is none',
    () => ({ headers: { ...headersOf(), 'webhook-timestamp': 'NaN' }, body }),
    'timestamp_out_of_tolerance',
  ],
  ['no signature', () => ({ headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': '1' }, body }), 'missing_headers'],
  ['a parsed body', () => ({ headers: headersOf(), body: JSON.parse(body) }), 'body_not_raw'],
])('%s is refused', async (_, request, kind) => {
  expect(kindOf(await verify(request(), secret))).toBe(kind);
});

test('an empty secret is the caller’s fault', async () => {
  await expect(verify({ headers: headersOf(), body }, '')).rejects.toThrow(TypeError);
  await expect(verify({ headers: headersOf(), body }, [])).rejects.toThrow(TypeError);
});

test("Kong's signature by another algorithm or secret is refused", async () => {
  const request = { headers: headersOf(), body };
  expect(await verifyKong(request, secret, { algorithm: 'sha256' })).toMatchObject({ kind: 'signature_mismatch' });
  expect(await verifyKong(request, 'other')).toMatchObject({ kind: 'signature_mismatch' });
});

/** Sends the signed body to a server, and returns what it answers. */
async function post(server: ReturnType<typeof createServer>, text = body): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: text,
    headers: { ...headersOf({ body: text }), 'content-type': 'application/json' },
  });
  const answer = await response.text();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  return answer;
}

test('works in Express behind express.raw, and says so where the body was parsed', async () => {
  const answer = async (request: express.Request, response: express.Response) => {
    const verification = await verify(request, secret);
    response.send(verification.ok ? 'ok' : verification.message);
  };
  const raw = express().post('/', express.raw({ type: () => true }), answer);
  expect(await post(createServer(raw))).toBe('ok');
  const parsed = express().post('/', express.json(), answer);
  expect(await post(createServer(parsed))).toContain('express.raw');
});

test('reads a plain Node request itself, up to its bound', async () => {
  const answerWith = (maxBodyBytes: number) =>
    createServer(async (request: IncomingMessage, response) => {
      response.end(kindOf(await verify(request, secret, { maxBodyBytes })));
    });
  expect(await post(answerWith(1_000))).toBe('ok');
  expect(await post(answerWith(10))).toBe('body_too_large');
});
