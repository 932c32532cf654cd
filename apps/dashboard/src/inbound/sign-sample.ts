import type { InboundEndpoint } from '../api/types.ts';

type Verify = InboundEndpoint['verify'];

/** Browsers have the functions for signatures on HTTPS and on this machine only. */
export const canSign = globalThis.crypto?.subtle !== undefined;

/** The headers by which the sender would show that a body is its own, made in the browser. */
export async function signSample(
  verify: Verify,
  secret: string,
  body: string,
  { nowMs, id }: { nowMs: number; id: string },
): Promise<Record<string, string>> {
  const time = String(Math.floor(nowMs / 1_000));
  const { header, prefix, algorithm, encoding } = verify;
  switch (verify.scheme) {
    case 'hmac': {
      const digest = algorithm === 'sha1' || algorithm === 'sha512' ? algorithm : 'sha256';
      const before = algorithm === 'prefix' ? `${digest}=` : (prefix ?? '');
      const signature = await sign(digest, secret, body);
      return { [header ?? '']: before + (encoding === 'base64' ? base64(signature) : hex(signature)) };
    }
    case 'standard-webhooks': {
      const signature = base64(await sign('sha256', standardKey(secret), `${id}.${time}.${body}`));
      return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    }
    case 'stripe': {
      const signature = hex(await sign('sha256', secret, `${time}.${body}`));
      return { [header ?? 'stripe-signature']: `t=${time},v1=${signature}` };
    }
    case 'slack': {
      const signature = hex(await sign('sha256', secret, `v0:${time}:${body}`));
      return { 'x-slack-request-timestamp': time, [header ?? 'x-slack-signature']: `v0=${signature}` };
    }
    case 'token':
      return { [header ?? 'authorization']: (prefix ?? '') + secret };
    case 'basic':
      return { authorization: `Basic ${base64(encode(`${verify.username}:${secret}`))}` };
    default:
      return {};
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

const encode = (text: string): Bytes => new TextEncoder().encode(text);

async function sign(digest: 'sha1' | 'sha256' | 'sha512', secret: string | Bytes, text: string): Promise<Bytes> {
  const hash = `SHA-${digest.slice(3)}`;
  const bytes = typeof secret === 'string' ? encode(secret) : secret;
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(text)));
}

/** The key of a Standard Webhooks secret: `whsec_` and base64 gives bytes; the key of any other secret is its text. */
function standardKey(secret: string): string | Bytes {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  return encoded === undefined ? secret : Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
}

function hex(bytes: Bytes): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function base64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes));
}
