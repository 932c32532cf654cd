import type { Verification } from '@eventhooks/contract';
import { Webhook } from 'standardwebhooks';
import { signBody, verifyRequest } from './index.ts';

const nowMs = Date.UTC(2026, 0, 5, 10);

function verify(verification: Verification, headers: Record<string, string>, body: string | Buffer, atMs = nowMs) {
  const request = { method: 'POST', query: {}, headers, sent: Buffer.from(body) };
  return verifyRequest(verification, request, atMs);
}

function reasonOf(...args: Parameters<typeof verify>): string {
  const result = verify(...args);
  return result.ok ? 'none' : result.reason;
}

const github: Verification = {
  scheme: 'hmac',
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  secrets: ["It's a Secret to Everybody"],
};

test("GitHub's own example is verified", () => {
  const value = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(verify(github, { 'x-hub-signature-256': value }, 'Hello, World!')).toEqual({ ok: true });
  expect(reasonOf(github, { 'x-hub-signature-256': value }, 'Hello, World')).toContain('fits none of the secrets');
});

test("Slack's own example is verified, in its time", () => {
  const slack: Verification = {
    scheme: 'slack',
    header: 'x-slack-signature',
    secrets: ['8f742231b10e8888abcd99yyyzzz85a5'],
    tolerance: 300,
  };
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  expect(verify(slack, headers, body, 1_531_420_618_000)).toEqual({ ok: true });
  expect(reasonOf(slack, headers, body, 1_531_420_919_000)).toContain('signed 301 s ago, the tolerance is 300 s');
  expect(reasonOf(slack, headers, body, 1_531_420_300_000)).toContain('318 s ahead');
});

test('a request that the standardwebhooks library signed is verified, by both names of its headers', () => {
  const secret = `whsec_${Buffer.from('a key of some thirty bytes length').toString('base64')}`;
  const standard: Verification = { scheme: 'standard-webhooks', secrets: [secret], tolerance: 300 };
  const body = '{"type":"contact.created"}';
  const signature = new Webhook(secret).sign('msg_1', new Date(nowMs), body);
  const time = String(nowMs / 1000);
  const names = (brand: string) => ({
    [`${brand}-id`]: 'msg_1',
    [`${brand}-timestamp`]: time,
    [`${brand}-signature`]: `v1a,AAAA v1,AAAA ${signature}`,
  });
  expect(verify(standard, names('webhook'), body)).toEqual({ ok: true });
  expect(verify(standard, names('svix'), body)).toEqual({ ok: true });
  expect(reasonOf(standard, { ...names('webhook'), 'webhook-id': 'msg_2' }, body)).toContain('fits none');
  expect(reasonOf(standard, names('webhook'), body, nowMs + 301_000)).toContain('a replay');
  const own = signBody(standard, Buffer.from(body), { nowMs: Date.now(), id: 'msg_1' });
  expect(new Webhook(secret).verify(body, own)).toEqual({ type: 'contact.created' });
});

test("of a Stripe-Signature's versions v1 counts, and each of several", () => {
  const stripe: Verification = { scheme: 'stripe', header: 'stripe-signature', secrets: ['whsec_x'], tolerance: 300 };
  const headers = signBody(stripe, Buffer.from('{}'), { nowMs, id: '' });
  const value = headers['stripe-signature'] ?? '';
  const [time = '', v1 = ''] = value.split(',');
  const rolled = { 'stripe-signature': `${time},v1=${'0'.repeat(64)},${v1},v0=${'1'.repeat(64)}` };
  expect(verify(stripe, rolled, '{}')).toEqual({ ok: true });
  expect(reasonOf(stripe, { 'stripe-signature': `${time},${v1.replace('v1', 'v0')}` }, '{}')).toContain('fits none');
  expect(reasonOf(stripe, { 'stripe-signature': v1 }, '{}')).toContain('has no time');
  expect(reasonOf(stripe, { 'stripe-signature': `t=now,${v1}` }, '{}')).toContain('epoch seconds');
});

test.each(['sha1', 'sha256', 'sha512'])('the prefix names the algorithm %s', (algorithm) => {
  const named: Verification = { ...github, algorithm: 'prefix', prefix: '', secrets: ['s'] };
  const one: Verification = { ...named, algorithm: algorithm as 'sha1', prefix: `${algorithm}=` };
  const body = Buffer.from([0xff, 0x00, 0x7b]);
  const headers = signBody(one, body, { nowMs, id: '' });
  expect(verify(named, headers, body)).toEqual({ ok: true });
  expect(reasonOf(named, { 'x-hub-signature-256': 'md5=00' }, body)).toContain('does not name');
});

test.each(['', 'sha256=', 'sha256=zz', 'sha256=00', 'sha1=757107ea', '757107ea0eb2509f', 'sha256=é🙂'])(
  'the signature %j is refused',
  (value) => {
    expect(verify(github, { 'x-hub-signature-256': value }, 'Hello, World!').ok).toBe(false);
  },
);

test('tokens and passwords are compared as a whole; schemes of authorization in any case', () => {
  const token: Verification = { scheme: 'token', header: 'authorization', prefix: 'Bearer ', secrets: ['geheim'] };
  expect(verify(token, { authorization: 'bearer geheim' }, '')).toEqual({ ok: true });
  for (const value of ['Bearer geheim1', 'Bearer gehei', 'Bearer ', 'geheim', 'Basic geheim']) {
    expect(verify(token, { authorization: value }, '').ok).toBe(false);
  }
  const basic: Verification = { scheme: 'basic', username: 'kong', secrets: ['pass:wörd'] };
  const encode = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  expect(verify(basic, encode('kong:pass:wörd'), '')).toEqual({ ok: true });
  expect(verify(basic, encode('kong:pass'), '').ok).toBe(false);
  expect(verify(basic, encode('other:pass:wörd'), '').ok).toBe(false);
});

test('no reason tells a secret or a signature', () => {
  const value = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18';
  const reason = reasonOf(github, { 'x-hub-signature-256': value }, 'Hello, World!');
  expect(reason).not.toContain('7571');
  expect(reason).not.toContain('Secret to');
});
