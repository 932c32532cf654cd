import { signingSecretsOf, type WebhookConfig, type WebhookCustomConfig } from '@eventhooks/contract';
import { type BuiltRequest, type DeliveryClient, signRequest, type TlsPolicy } from '@eventhooks/delivery';
import { type AttemptOutcome, type Firing, failAttempt } from '../firing.ts';
import { createRecording } from './recorded.ts';

/** Signs a built request as this attempt's, in the trace of `firing.traceparent`, sends it, and tells how it ended. */
export async function sendRequest(
  firing: Firing,
  built: BuiltRequest,
  config: WebhookConfig | WebhookCustomConfig,
  tools: { client: DeliveryClient; defaultTimeoutMs: number },
): Promise<AttemptOutcome> {
  const startedAtMs = Date.now();
  const { hook } = firing;
  // Sent without them, the request would look as if the hook had none.
  if (hook.unreadable.length > 0) {
    return failAttempt('secrets_unreadable', `no key that is set opens ${hook.unreadable.join(', ')}`, startedAtMs);
  }
  const signature = signRequest({
    id: firing.deliveryId,
    timestampSeconds: Math.floor(startedAtMs / 1000),
    body: built.body ?? '',
    secrets: signingSecretsOf({ config, old_secrets: hook.old_secrets }, startedAtMs),
    algorithm: config.signature_algorithm,
  });
  const headers = { ...traceHeader(firing, built), ...built.headers, ...signature, ...suppressedCount(firing) };
  const result = await tools.client.send({
    method: built.method,
    url: built.url,
    headers,
    body: built.body,
    timeoutMs: hook.timeout ?? tools.defaultTimeoutMs,
    tls: tlsPolicyOf(config),
  });
  const recording = createRecording(hook, config, built);
  const facts = {
    startedAtMs,
    durationMs: result.durationMs,
    request: recording.request(headers),
    response: recording.response(result.response),
    responseStatus: result.response?.status ?? null,
  };
  if (result.ok) return { ...facts, ok: true };
  return { ...facts, ok: false, kind: result.kind, message: result.message, retryAfterMs: result.retryAfterMs };
}

/** Tells the receiver its place in the trace, unless the hook's own headers say one. */
function traceHeader({ traceparent }: Firing, { headers }: BuiltRequest): Record<string, string> {
  if (traceparent === null) return {};
  return Object.keys(headers).some((name) => name.toLowerCase() === 'traceparent') ? {} : { traceparent };
}

/** Tells the receiver how many firings snooze or on_change held back since the last one. */
function suppressedCount({ suppressedSince }: Firing): Record<string, string> {
  return suppressedSince ? { 'eventhooks-suppressed-count': String(suppressedSince) } : {};
}

function tlsPolicyOf({ ssl_verify, ca, client_cert, client_key }: WebhookConfig | WebhookCustomConfig): TlsPolicy {
  return {
    verify: ssl_verify,
    ...(ca !== null && { ca }),
    ...(client_cert !== null && client_key !== null && { cert: client_cert, key: client_key }),
  };
}
