import { isJsonObject, type Respond } from '@eventhooks/contract';
import type { ReadRequest } from './request.ts';
import { isSame } from './signatures.ts';

/** The answer to a sender's question about the endpoint itself. */
export interface ChallengeAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

const maxChallengeLength = 2_048;
const text = { 'content-type': 'text/plain; charset=utf-8' };
const json = { 'content-type': 'application/json; charset=utf-8' };

/**
 * Answers a question that comes without a signature, by another method than POST: the handshake of CloudEvents' web hooks (OPTIONS),
 * and `hub.challenge` (GET, WebSub and Meta), which shows the token that its sender was given. Null: it is none.
 */
export function answerHandshake(
  respond: Respond | null,
  method: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): ChallengeAnswer | 'unverified' | null {
  if (respond?.challenge === 'cloudevents' && method === 'OPTIONS') {
    const origin = headers['webhook-request-origin'];
    if (origin === undefined) return null;
    // Web Hooks for Event Delivery, section 4.2: any rate.
    const allowed = { 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*', allow: 'OPTIONS, POST' };
    return { status: 200, headers: allowed, body: '' };
  }
  if (respond?.challenge !== 'hub.challenge' || method !== 'GET') return null;
  const { 'hub.challenge': challenge, 'hub.verify_token': token } = query;
  if (challenge === undefined || challenge.length > maxChallengeLength || token === undefined) return null;
  return isSame(token, respond.verify_token ?? '') ? { status: 200, headers: text, body: challenge } : 'unverified';
}

/** Answers a verified request that asks something instead of reporting an event: Slack's `url_verification`, GitHub's ping. */
export function answerChallenge(respond: Respond | null, { headers, json: body }: ReadRequest): ChallengeAnswer | null {
  if (respond?.challenge === 'ping' && headers['x-github-event'] === 'ping') {
    return { status: 200, headers: json, body: '{"message":"pong"}' };
  }
  if (respond?.challenge !== 'url_verification' || body === null) return null;
  const question = body.value;
  if (!isJsonObject(question) || question.type !== 'url_verification') return null;
  const { challenge } = question;
  if (typeof challenge !== 'string' || challenge.length > maxChallengeLength) return null;
  return { status: 200, headers: json, body: JSON.stringify({ challenge }) };
}
