import { createHmac } from 'node:crypto';
import { readRequest, type SignedRequest } from './read-request.ts';
import { isSame, type VerificationFault } from './verify.ts';

export type KongVerification = { ok: true; text: string } | { ok: false; kind: VerificationFault; message: string };

/**
 * Whether `x-kong-signature` fits the body: for receivers that Kong Gateway itself also calls. It covers neither id nor time, so a
 * recorded request can be sent again at any time; where only Eventhooks calls, use {@link verify}.
 *
 * @param algorithm the hook's `signature_algorithm`; a signature with another algorithm is refused.
 */
export async function verifyKong(
  request: SignedRequest,
  secret: string,
  { algorithm = 'sha1', maxBodyBytes = 1024 * 1024 }: { algorithm?: 'sha1' | 'sha256'; maxBodyBytes?: number } = {},
): Promise<KongVerification> {
  if (secret === '') throw new TypeError('secret: expected one that is not empty');
  const read = await readRequest(request, maxBodyBytes);
  if (!read.ok) return read;
  const signature = read.header('x-kong-signature');
  if (signature === null) return { ok: false, kind: 'missing_headers', message: 'x-kong-signature is missing' };
  const expected = createHmac(algorithm, secret).update(read.body).digest();
  const [name, hex = ''] = signature.split('=', 2);
  if (name !== algorithm || !isSame(Buffer.from(hex, 'hex'), expected)) {
    return {
      ok: false,
      kind: 'signature_mismatch',
      message: 'The signature does not fit: another secret, or a changed body',
    };
  }
  return { ok: true, text: read.body.toString('utf8') };
}
