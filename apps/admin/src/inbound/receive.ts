import { API_ERRORS, EVENT_LIMITS, redactHeaders, stringifyExact } from '@eventhooks/contract';
import {
  answerChallenge,
  answerHandshake,
  type ChallengeAnswer,
  mapRequest,
  type SentRequest,
  verifyRequest,
} from '@eventhooks/inbound';
import type { Express, Request, Response } from 'express';
import type { AdminContext } from '../context.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import { gatherSentBody } from '../http/gather-body.ts';
import { workspaceOf } from '../http/path.ts';
import { answerReceipts, submitTraced } from '../intake/submit-events.ts';
import { quotaOf } from '../quotas/named-quota.ts';
import { RateLimitedError, requireQuota } from '../quotas/require-quota.ts';
import { acceptEvents } from './accept-events.ts';
import type { ActiveEndpoint } from './endpoint-index.ts';
import { describeRequest, readInboundBody } from './read-request.ts';

type Result = 'accepted' | 'duplicate' | 'challenge' | 'unverified' | 'unmapped' | 'limited' | 'refused';

/** The answer to a request, and what the operators hear of it. */
interface Received {
  result: Result;
  answer: ChallengeAnswer;
}

/** A request that the endpoint's verification refused. The sender hears no reason. */
class UnverifiedError extends ApiError {
  readonly reason: string;

  constructor(reason: string) {
    super(API_ERRORS.inbound_unverified.status, { message: API_ERRORS.inbound_unverified.message });
    this.reason = reason;
  }
}

/** Mounts the paths that take webhooks of other senders, without a token of ours. */
export function mountInbound(app: Express, context: AdminContext): void {
  app.all('/in/:name', (request, response, next) => {
    receive(context, request, response).catch(next);
  });
}

async function receive(context: AdminContext, request: Request, response: Response): Promise<void> {
  response.set('Cache-Control', 'no-store');
  const active = context.inbound.find(workspaceOf(request) ?? 'default', String(request.params.name));
  if (active === null) throw apiError('not_found');
  const count = (result: Result): void =>
    context.metrics.inboundRequests.inc({ endpoint: active.endpoint.name, result });
  try {
    const { result, answer } = await handle(context, active, request);
    count(result);
    response.status(answer.status).set(answer.headers).send(answer.body);
  } catch (error) {
    if (error instanceof ApiError) {
      count(resultOf(error));
      noteRejection(context, active, request, error);
    }
    throw error;
  }
}

function resultOf(error: ApiError): Result {
  const { status } = error;
  if (error instanceof RateLimitedError) return 'limited';
  if (status === API_ERRORS.inbound_unverified.status) return 'unverified';
  return status === API_ERRORS.unmappable.status ? 'unmapped' : 'refused';
}

async function handle(context: AdminContext, active: ActiveEndpoint, request: Request): Promise<Received> {
  const { completed } = active;
  const head = describeRequest(request, Buffer.alloc(0));
  const handshake = answerHandshake(completed.respond, request.method, head.query, head.headers);
  if (handshake === 'unverified')
    throw await refuseUnverified(context, request, 'hub.verify_token is not the verify_token of the endpoint');
  if (handshake !== null) return { result: 'challenge', answer: handshake };
  if (request.method !== 'POST') throw apiError('method_not_allowed', undefined, { Allow: 'POST' });
  const { sent, decode } = await gatherSentBody(request, {
    limitBytes: EVENT_LIMITS.requestBytes,
    owner: request.ip ?? '',
    budget: context.bodyBudget,
    ...(context.uploadDeadlineMs !== undefined && { deadlineMs: context.uploadDeadlineMs }),
  });
  const sentRequest = { ...head, sent };
  await requireVerified(context, active, request, sentRequest);
  const read = readInboundBody(sentRequest, await decode());
  const challenge = answerChallenge(completed.respond, read);
  if (challenge !== null) return { result: 'challenge', answer: challenge };
  const mapped = mapRequest(completed.mapping, read);
  if (!mapped.ok) throw apiError('unmappable', mapped.reason);
  if (mapped.events.length === 0) return { result: 'accepted', answer: printAnswer(200, { data: [] }) };
  const { workspace } = active.endpoint;
  const own = quotaOf('endpoint', active.endpoint);
  await requireQuota(context, { workspace, own, events: mapped.events.length });
  const events = await acceptEvents(context, active, mapped.events);
  const receipts = await submitTraced(events, { context, request, workspace });
  const { status, body } = answerReceipts(receipts, mapped.isList);
  return { result: status === 202 ? 'accepted' : 'duplicate', answer: printAnswer(status, body) };
}

/**
 * A right signature always passes, however many wrong ones came from its address: senders share the addresses of their clouds.
 *
 * @throws {ApiError} 401, or 429 when the address has failed too often.
 */
async function requireVerified(
  context: AdminContext,
  { completed }: ActiveEndpoint,
  request: Request,
  sent: SentRequest,
): Promise<void> {
  const result = verifyRequest(completed.verification, sent, Date.now());
  if (!result.ok) throw await refuseUnverified(context, request, result.reason);
}

/** The answer to an unverified request, which counts against its address: 401, or 429 when the address has failed too often. */
async function refuseUnverified(
  { unverifiedRequests }: AdminContext,
  request: Request,
  reason: string,
): Promise<ApiError> {
  const address = request.ip ?? '';
  const waitSeconds = await unverifiedRequests.blockedForSeconds(address);
  if (waitSeconds > 0) return apiError('too_many_failures', undefined, { 'Retry-After': String(waitSeconds) });
  await unverifiedRequests.note(address);
  return new UnverifiedError(reason);
}

function printAnswer(status: number, body: unknown): ChallengeAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: stringifyExact(body) };
}

/** Statuses that tell an operator something about a sender. Others are about us, or about an address that failed too often. */
const noted: ReadonlySet<number> = new Set([400, 401, 413, 415, 422]);
const maxHeaders = 50;
const maxHeaderLength = 256;

function noteRejection(
  { rejections }: AdminContext,
  { endpoint, completed }: ActiveEndpoint,
  request: Request,
  error: ApiError,
): void {
  if (!noted.has(error.status) && !(error instanceof RateLimitedError)) return;
  const headers = Object.entries(describeRequest(request, Buffer.alloc(0)).headers)
    .slice(0, maxHeaders)
    .map(([name, value]): [string, string] => [name, value.slice(0, maxHeaderLength)]);
  const { verification } = completed;
  const signature = 'header' in verification ? { [verification.header]: null } : {};
  const redacted = redactHeaders(Object.fromEntries(headers));
  const isSigned = Object.keys(signature).some((name) => Object.hasOwn(redacted, name));
  rejections.note({
    endpointId: endpoint.id,
    status: error.status,
    reason: (error instanceof UnverifiedError ? error.reason : error.message).slice(0, 1_024),
    headers: { ...redacted, ...(isSigned && signature) },
    at: new Date(),
  });
}
