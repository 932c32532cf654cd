import {
  type Hook,
  type HookTestOutcome,
  type HookTestResult,
  printHook,
  redactHeaders,
  redactPrintedHook,
  stringifyExact,
  type WebhookCustomHook,
  type WebhookHook,
} from '@eventhooks/contract';
import type { AdminContext } from '../context.ts';

const PING_SOURCE = 'kong:event_hooks';
const PING_EVENT = 'ping';

type ProbeAnswer = { ok: true; result: HookTestResult } | { ok: false; reason: string };

export function supportsPing(hook: Hook): hook is WebhookHook | WebhookCustomHook {
  return hook.handler === 'webhook' || hook.handler === 'webhook-custom';
}

interface PingBody {
  source: string;
  event_hooks: Record<string, unknown>;
  event: string;
}

/** The body of a ping. The hook stands in it without its secrets: pings may travel in the clear. */
export function buildPingBody(hook: Hook): PingBody {
  return { source: PING_SOURCE, event_hooks: redactPrintedHook(printHook(hook), redactHeaders), event: PING_EVENT };
}

/**
 * A ping is the same JSON for both handlers, so a custom webhook is pinged as a plain one: no payload and no template of its
 * own could say what a ping says.
 */
function asPlainWebhook(hook: WebhookHook | WebhookCustomHook): WebhookHook {
  if (hook.handler === 'webhook') return hook;
  const { body, body_format, method, payload, payload_format, headers_format, headers, ...transport } = hook.config;
  const own = headers_format ? [] : Object.entries(headers);
  const kept = own.filter(([name]) => name.toLowerCase() !== 'content-type');
  return { ...hook, handler: 'webhook', config: { ...transport, headers: Object.fromEntries(kept) } };
}

/** Has a worker send a ping, and waits for what came of it. `operation` says why, where a change of the hook is the reason. */
export function pingHook(
  context: AdminContext,
  hook: WebhookHook | WebhookCustomHook,
  operation: 'create' | 'update' | null,
): Promise<ProbeAnswer> {
  const printed = redactPrintedHook(printHook(hook), redactHeaders);
  return context.hookTester.run({
    hook: asPlainWebhook(hook),
    source: PING_SOURCE,
    event: PING_EVENT,
    dataText: stringifyExact({ event_hooks: printed, ...(operation !== null && { operation }) }),
  });
}

interface PingFailure {
  message: string;
  /** Null when no status arrived. */
  status: number | null;
  error_code: string;
}

/** Why a ping failed, judged as a delivery is; null when the receiver answered 2xx. */
export function findPingFailure(outcome: HookTestOutcome): PingFailure | null {
  switch (outcome.kind) {
    case 'failure':
      return { message: outcome.message, status: null, error_code: outcome.code };
    case 'response': {
      const { status, errorCode } = outcome;
      return errorCode === undefined
        ? null
        : { message: `the receiver answered ${status}`, status, error_code: errorCode };
    }
    case 'value':
      return null;
  }
}
