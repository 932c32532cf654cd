import type { Verification, VerificationScheme } from '@eventhooks/contract';
import type { SentRequest } from './request.ts';
import { type Digest, fitsAny, hmac, isSame, standardKey } from './signatures.ts';

export type VerifyResult =
  | { ok: true }
  | {
      ok: false;
      /** For the endpoint's operator; holds no secret and no signature. */
      reason: string;
    };

type VerificationBy<S extends VerificationScheme> = Extract<Verification, { scheme: S }>;

const accepted: VerifyResult = { ok: true };

function refused(reason: string): VerifyResult {
  return { ok: false, reason };
}

/**
 * Checks that a request comes from the sender, over the bytes as they were sent, in constant time.
 *
 * @param nowMs for schemes that sign the time.
 */
export function verifyRequest(verification: Verification, request: SentRequest, nowMs: number): VerifyResult {
  switch (verification.scheme) {
    case 'hmac':
      return verifyHmac(verification, request);
    case 'standard-webhooks':
      return verifyStandard(verification, request, nowMs);
    case 'stripe':
      return verifyStripe(verification, request, nowMs);
    case 'slack':
      return verifySlack(verification, request, nowMs);
    case 'token':
      return verifyToken(verification, request);
    case 'basic':
      return verifyBasic(verification, request);
    case 'none':
      return accepted;
  }
}

function verifyHmac(verification: VerificationBy<'hmac'>, { headers, sent }: SentRequest): VerifyResult {
  const { header, algorithm, encoding, secrets } = verification;
  const value = headers[header];
  if (value === undefined) return refused(`the header ${header} is missing`);
  const named = algorithm === 'prefix' ? /^(sha1|sha256|sha512)=/i.exec(value)?.[1]?.toLowerCase() : algorithm;
  if (!isDigest(named)) return refused(`the header ${header} does not name sha1, sha256 or sha512`);
  const prefix = algorithm === 'prefix' ? `${named}=` : verification.prefix;
  const given = withoutPrefix(value, prefix);
  if (given === null) return refused(`the header ${header} does not begin with '${prefix}'`);
  const fits = (secret: string) => isSame(decode(given, encoding), hmac(named, secret, sent));
  return fitsAny(secrets, fits) ? accepted : refused(wrong(header));
}

function wrong(header: string): string {
  return `the signature in ${header} fits none of the secrets: another secret, or a body that was changed on its way`;
}

function isDigest(name: string | undefined): name is Digest {
  return name === 'sha1' || name === 'sha256' || name === 'sha512';
}

/** A signature that is not in the encoding decodes to other bytes, and fits nothing. */
function decode(text: string, encoding: 'hex' | 'base64'): Buffer {
  return Buffer.from(text.trim(), encoding);
}

/** Null when the text begins otherwise. Schemes of `authorization` are case-insensitive (RFC 9110, section 11.1). */
function withoutPrefix(text: string, prefix: string): string | null {
  return text.toLowerCase().startsWith(prefix.toLowerCase()) ? text.slice(prefix.length) : null;
}

/** Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`. Svix sends the same by names of its own. */
function verifyStandard(
  { secrets, tolerance }: VerificationBy<'standard-webhooks'>,
  { headers, sent }: SentRequest,
  nowMs: number,
): VerifyResult {
  const brand =
    headers['webhook-signature'] === undefined && headers['svix-signature'] !== undefined ? 'svix' : 'webhook';
  const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((part) => headers[`${brand}-${part}`]);
  if (id === undefined || time === undefined || signatures === undefined) {
    return refused('one of the headers webhook-id, webhook-timestamp and webhook-signature is missing');
  }
  const stale = findStale(time, tolerance, nowMs);
  if (stale !== null) return refused(stale);
  const given = signatures.split(' ').flatMap((signature) => /^v1,(.+)$/.exec(signature)?.[1] ?? []);
  const fits = (secret: string) =>
    fitsSome(given, 'base64', hmac('sha256', standardKey(secret), `${id}.${time}.`, sent));
  return fitsAny(secrets, fits) ? accepted : refused(wrong(`${brand}-signature`));
}

/** The most signatures of one request that are compared. */
const maxSignatures = 10;

function fitsSome(given: readonly string[], encoding: 'hex' | 'base64', expected: Buffer): boolean {
  return given
    .slice(0, maxSignatures)
    .map((signature) => isSame(decode(signature, encoding), expected))
    .includes(true);
}

/** `t=<seconds>,v1=<hex>[,v1=<hex>]`: HMAC-SHA256 of `t.body`. Other versions are passed over, as Stripe asks. */
function verifyStripe(
  { header, secrets, tolerance }: VerificationBy<'stripe'>,
  { headers, sent }: SentRequest,
  nowMs: number,
): VerifyResult {
  const value = headers[header];
  if (value === undefined) return refused(`the header ${header} is missing`);
  const pairs = value.split(',').map((pair) => pair.trim().split('=', 2));
  const time = pairs.find(([name]) => name === 't')?.[1];
  if (time === undefined) return refused(`the header ${header} has no time`);
  const stale = findStale(time, tolerance, nowMs);
  if (stale !== null) return refused(stale);
  const given = pairs.flatMap(([name, signature = '']) => (name === 'v1' ? [signature] : []));
  const fits = (secret: string) => fitsSome(given, 'hex', hmac('sha256', secret, `${time}.`, sent));
  return fitsAny(secrets, fits) ? accepted : refused(wrong(header));
}

/** `v0=<hex>`: HMAC-SHA256 of `v0:<x-slack-request-timestamp>:body`. */
function verifySlack(
  { header, secrets, tolerance }: VerificationBy<'slack'>,
  { headers, sent }: SentRequest,
  nowMs: number,
): VerifyResult {
  const value = headers[header];
  const time = headers['x-slack-request-timestamp'];
  if (value === undefined || time === undefined) {
    return refused(`one of the headers ${header} and x-slack-request-timestamp is missing`);
  }
  const stale = findStale(time, tolerance, nowMs);
  if (stale !== null) return refused(stale);
  const given = withoutPrefix(value, 'v0=');
  if (given === null) return refused(`the header ${header} does not begin with 'v0='`);
  const fits = (secret: string) => isSame(decode(given, 'hex'), hmac('sha256', secret, `v0:${time}:`, sent));
  return fitsAny(secrets, fits) ? accepted : refused(wrong(header));
}

/** The reason against a signed time in epoch seconds, or null. */
function findStale(time: string, toleranceSeconds: number, nowMs: number): string | null {
  if (!/^\d{1,12}$/.test(time)) return 'the signed time is not in epoch seconds';
  const ageSeconds = Math.round(nowMs / 1000) - Number(time);
  if (Math.abs(ageSeconds) <= toleranceSeconds) return null;
  const distance = ageSeconds > 0 ? `${ageSeconds} s ago` : `${-ageSeconds} s ahead`;
  return `the request was signed ${distance}, the tolerance is ${toleranceSeconds} s: a replay, or a clock that is wrong`;
}

function verifyToken({ header, prefix, secrets }: VerificationBy<'token'>, { headers }: SentRequest): VerifyResult {
  const value = headers[header];
  if (value === undefined) return refused(`the header ${header} is missing`);
  const given = withoutPrefix(value, prefix);
  if (given === null) return refused(`the header ${header} does not begin with '${prefix}'`);
  return fitsAny(secrets, (secret) => isSame(given, secret))
    ? accepted
    : refused(`the token in ${header} is none of the secrets`);
}

/** RFC 7617, in UTF-8. */
function verifyBasic({ username, secrets }: VerificationBy<'basic'>, { headers }: SentRequest): VerifyResult {
  const value = headers.authorization;
  if (value === undefined) return refused('the header authorization is missing');
  const encoded = withoutPrefix(value, 'Basic ');
  if (encoded === null) return refused("the header authorization does not begin with 'Basic '");
  const given = decode(encoded, 'base64');
  return fitsAny(secrets, (secret) => isSame(given, `${username}:${secret}`))
    ? accepted
    : refused('the user name or password in authorization is wrong');
}
