import { type BuiltRequest, type DeliveryClient, signRequest } from '@eventhooks/delivery';
import type { AttemptOutcome, Firing } from '../firing.ts';

/** Those settings of both webhook configs that decide how a request travels. */
export interface Transport {
  secret: string | null;
  signature_algorithm: 'sha1' | 'sha256';
  ssl_verify: boolean;
}

/** Signs a built request as this attempt's, sends it, and tells how it ended. */
export async function sendRequest(
  firing: Firing,
  built: BuiltRequest,
  transport: Transport,
  tools: { client: DeliveryClient; defaultTimeoutMs: number },
): Promise<AttemptOutcome> {
  const startedAtMs = Date.now();
  const signature = signRequest({
    id: firing.deliveryId,
    timestampSeconds: Math.floor(startedAtMs / 1000),
    body: built.body ?? '',
    secrets: transport.secret === null ? [] : [transport.secret],
    algorithm: transport.signature_algorithm,
  });
  const headers = { ...built.headers, ...signature, ...suppressedCount(firing) };
  const result = await tools.client.send({
    method: built.method,
    url: built.url,
    headers,
    body: built.body,
    timeoutMs: firing.hook.timeout ?? tools.defaultTimeoutMs,
    tls: { verify: transport.ssl_verify },
  });
  const facts = {
    startedAtMs,
    durationMs: result.durationMs,
    request: describeRequest(built, headers),
    response: result.response && JSON.stringify(result.response),
    responseStatus: result.response?.status ?? null,
  };
  if (result.ok) return { ...facts, ok: true };
  return { ...facts, ok: false, kind: result.kind, message: result.message, retryAfterMs: result.retryAfterMs };
}

/** Tells the receiver how many firings snooze or on_change held back since the last one. */
function suppressedCount({ suppressedSince }: Firing): Record<string, string> {
  return suppressedSince ? { 'eventhooks-suppressed-count': String(suppressedSince) } : {};
}

/** How much of a rendered body is kept with the attempt; a webhook's own body can be had from the event again. */
const keptBodyBytes = 4_096;

function describeRequest(built: BuiltRequest, headers: Record<string, string>): string {
  return JSON.stringify({
    method: built.method,
    url: built.url,
    headers,
    body: built.body?.slice(0, keptBodyBytes) ?? null,
  });
}
