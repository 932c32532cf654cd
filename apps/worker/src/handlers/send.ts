import { signingSecretsOf, type WebhookConfig, type WebhookCustomConfig } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import { type BuiltRequest, type DeliveryClient, signRequest, type TlsPolicy } from '@eventhooks/delivery';
import type { Delivery } from '../delivery/delivery.ts';
import { type AttemptOutcome, failAttempt } from '../delivery/outcome.ts';
import { createRedaction } from './redaction.ts';

/** A request, with the trace span to send to its receiver. */
type TracedRequest = BuiltRequest & { traceparent: string | null };

/** Signs a built request for this attempt, and sends it. */
export type Send = (delivery: Delivery, built: TracedRequest) => Promise<AttemptOutcome>;

/** The way in which deliveries of one hook are sent. */
export function createSend(
  hook: StoredHook,
  config: WebhookConfig | WebhookCustomConfig,
  tools: { client: DeliveryClient; defaultTimeoutMs: number },
): Send {
  const redaction = createRedaction(hook, config);
  const tls = tlsPolicyOf(config);
  const timeoutMs = hook.timeout ?? tools.defaultTimeoutMs;
  return async (delivery, built) => {
    const startedAtMs = Date.now();
    // Without its secrets the request would look as if the hook had none.
    if (hook.unreadable.length > 0) {
      return failAttempt('secrets_unreadable', `no key that is set opens ${hook.unreadable.join(', ')}`, startedAtMs);
    }
    const signature = signRequest({
      id: delivery.id,
      timestampSeconds: Math.floor(startedAtMs / 1000),
      body: built.body ?? '',
      secrets: signingSecretsOf({ config, old_secrets: hook.old_secrets }, startedAtMs),
      algorithm: config.signature_algorithm,
    });
    const headers = { ...built.headers, ...signature };
    addOwnHeaders(headers, delivery, built.traceparent);
    const { method, url, body } = built;
    const result = await tools.client.send({ method, url, headers, body, timeoutMs, tls });
    const facts = {
      startedAtMs,
      durationMs: result.durationMs,
      request: redaction.recordRequest(built, headers),
      response: redaction.recordResponse(built, result.response),
      responseStatus: result.response?.status ?? null,
    };
    if (result.ok) return { ...facts, ok: true };
    return { ...facts, ok: false, kind: result.kind, message: result.message, retryAfterMs: result.retryAfterMs };
  };
}

/**
 * Tells the receiver its place in the trace, unless the hook's own headers do; how many events snooze or on_change held
 * back since the last delivery; and how many events a batch has.
 */
function addOwnHeaders(headers: Record<string, string>, delivery: Delivery, traceparent: string | null): void {
  const { suppressedSince, members } = delivery;
  if (traceparent !== null) headers.traceparent ??= traceparent;
  if (suppressedSince) headers['eventhooks-suppressed-count'] = String(suppressedSince);
  if (members) headers['eventhooks-batch-size'] = String(members.length);
}

function tlsPolicyOf({ ssl_verify, ca, client_cert, client_key }: WebhookConfig | WebhookCustomConfig): TlsPolicy {
  return {
    verify: ssl_verify,
    ...(ca !== null && { ca }),
    ...(client_cert !== null && client_key !== null && { cert: client_cert, key: client_key }),
  };
}
