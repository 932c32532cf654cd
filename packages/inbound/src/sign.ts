import type { Verification } from '@eventhooks/contract';
import { hmac, standardKey } from './signatures.ts';

/**
 * The headers by which the sender would show that a body is its own, made with the first secret: for samples and tests.
 *
 * @param id the `webhook-id` of Standard Webhooks.
 */
export function signBody(
  verification: Verification,
  body: Uint8Array,
  { nowMs, id }: { nowMs: number; id: string },
): Record<string, string> {
  if (verification.scheme === 'none') return {};
  const [secret = ''] = verification.secrets;
  const time = String(Math.floor(nowMs / 1000));
  switch (verification.scheme) {
    case 'hmac': {
      const { header, algorithm, encoding, prefix } = verification;
      const named = algorithm === 'prefix' ? 'sha256' : algorithm;
      const before = algorithm === 'prefix' ? `${named}=` : prefix;
      return { [header]: before + hmac(named, secret, body).toString(encoding) };
    }
    case 'standard-webhooks': {
      const signature = hmac('sha256', standardKey(secret), `${id}.${time}.`, body).toString('base64');
      return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    }
    case 'stripe':
      return { [verification.header]: `t=${time},v1=${hmac('sha256', secret, `${time}.`, body).toString('hex')}` };
    case 'slack': {
      const signature = hmac('sha256', secret, `v0:${time}:`, body).toString('hex');
      return { 'x-slack-request-timestamp': time, [verification.header]: `v0=${signature}` };
    }
    case 'token':
      return { [verification.header]: verification.prefix + secret };
    case 'basic': {
      const credentials = Buffer.from(`${verification.username}:${secret}`).toString('base64');
      return { authorization: `Basic ${credentials}` };
    }
  }
}
