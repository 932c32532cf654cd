import {
  HANDLER_DEFINITIONS,
  type HandlersWith,
  type Hook,
  type HookOf,
  type HookTestOutcome,
  type HookTestResult,
  printHook,
  redactHeaders,
  redactPrintedHook,
  stringifyExact,
  type WebhookHook,
} from '@eventhooks/contract';
import type { AdminContext } from '../context.ts';

const PING_SOURCE = 'kong:event_hooks';
const PING_EVENT = 'ping';

type PingAnswer = { ok: true; result: HookTestResult } | { ok: false; reason: string };

export type PingableHook = HookOf<HandlersWith<{ canPing: true }>>;

export function supportsPing(hook: Hook): hook is PingableHook {
  return HANDLER_DEFINITIONS[hook.handler].canPing;
}

interface PingBody {
  source: typeof PING_SOURCE;
  event_hooks: Record<string, unknown>;
  event: typeof PING_EVENT;
}

/** The body of a ping. It holds the hook without its secrets: pings may travel unencrypted. */
export function buildPingBody(hook: Hook): PingBody {
  return { source: PING_SOURCE, event_hooks: redactPrintedHook(printHook(hook), redactHeaders), event: PING_EVENT };
}

/** A ping is the same JSON for both webhooks, so a custom one is pinged as a plain one: its own templates do not know a ping's data. */
function asPlainWebhook(hook: PingableHook): WebhookHook {
  if (hook.handler === 'webhook') return hook;
  const { body, body_format, method, payload, payload_format, headers_format, headers, ...transport } = hook.config;
  const own = headers_format ? [] : Object.entries(headers);
  const kept = own.filter(([name]) => name.toLowerCase() !== 'content-type');
  return { ...hook, handler: 'webhook', config: { ...transport, headers: Object.fromEntries(kept) } };
}

/** Has a worker send a ping, and waits for its outcome. `operation` names the change of the hook that is the reason, if one is. */
export function pingHook(
  context: AdminContext,
  hook: PingableHook,
  operation: 'create' | 'update' | null,
): Promise<PingAnswer> {
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

/** Why a ping failed, by the rules for deliveries; null when the receiver answered 2xx. */
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
