import { type Hook, printHook, redactPrintedHook, stringifyExact } from '@eventhooks/contract';
import { newId } from '@eventhooks/database';
import type { Call } from '../http/call.ts';
import { findPingFailure, pingHook, supportsPing } from './ping.ts';

/**
 * Publishes a hook's change as a `crud/event_hooks` event, and pings a webhook's new URL unless the caller does so. The change
 * itself stays even if both fail.
 */
export async function publishChange(
  call: Call,
  before: Hook | null,
  after: Hook | null,
  { isPinged = true }: { isPinged?: boolean } = {},
): Promise<void> {
  await submitChange(call, before, after);
  if (!isPinged) return;
  if (after === null || !supportsPing(after) || urlOf(after) === urlOf(before)) return;
  const { context } = call;
  const operation = before === null ? 'create' : 'update';
  context.background.run(async () => {
    const ping = await pingHook(context, after, operation);
    const failure = ping.ok ? findPingFailure(ping.result.outcome)?.message : ping.reason;
    if (failure !== undefined) context.logger.warn({ hook_id: after.id, error: failure }, 'hook.ping_failed');
  });
}

async function submitChange(call: Call, before: Hook | null, after: Hook | null): Promise<void> {
  const { context, workspace } = call;
  const operation = before === null ? 'create' : after === null ? 'delete' : 'update';
  const entity = after ?? before;
  if (entity === null) return;
  const data = {
    operation,
    entity: redactPrintedHook(printHook(entity)),
    ...(operation === 'update' && before !== null && { old_entity: redactPrintedHook(printHook(before)) }),
    schema: 'event_hooks',
  };
  try {
    await context.intake.submit([
      { id: newId(), workspace, source: 'crud', event: 'event_hooks', data: stringifyExact(data), publisherId: null },
    ]);
  } catch (error) {
    context.logger.error({ err: error, hook_id: entity.id, request_id: call.requestId }, 'hook.change_not_published');
  }
}

function urlOf(hook: Hook | null): string | null {
  return hook !== null && supportsPing(hook) ? hook.config.url : null;
}
