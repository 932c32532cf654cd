import { DEFAULT_MAX_IN_FLIGHT, hookStatusSchema, type PrintedHookStatus, WAITING_COUNTED } from '@eventhooks/contract';
import { findHookStatus, type HookStatus } from '@eventhooks/database';
import type { AdminConfig } from '../config.ts';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { toIsoOrNull } from './print-time.ts';

export const readHookStatusRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/{id}/status',
  operation: 'readHookStatus',
  document: {
    summary: 'Read how a hook is doing',
    description:
      'The circuit breaker of its endpoint, how many deliveries wait for it, and what holds for fields that it does not set.',
    tag: 'Event hooks',
    responses: { 200: { description: 'The status.', schema: hookStatusSchema } },
  },
  async handle(call) {
    const { pool } = call.context.database;
    const status = await findHookStatus(pool, call.workspace, call.params.id, WAITING_COUNTED);
    if (!status) throw apiError('not_found');
    return { status: 200, body: { ...printStatus(status), defaults: printDefaults(call.context.config) } };
  },
});

function printDefaults({ deliveryDefaults }: AdminConfig): PrintedHookStatus['defaults'] {
  const { retryScheduleMs, timeoutMs } = deliveryDefaults;
  return {
    retry: { schedule: retryScheduleMs.map((waitMs) => waitMs / 1_000) },
    timeout: timeoutMs,
    max_in_flight: DEFAULT_MAX_IN_FLIGHT,
  };
}

function printStatus(status: HookStatus): Omit<PrintedHookStatus, 'defaults'> {
  const {
    opened_at,
    probe_at,
    probing,
    failing_since,
    disabled_reason,
    filter_error,
    paused,
    ordered,
    held_keys,
    waiting,
    due_since,
  } = status;
  const state = opened_at === null ? 'closed' : probing ? 'half_open' : 'open';
  return {
    breaker: { state, opened_at: toIsoOrNull(opened_at), probe_at: toIsoOrNull(probe_at) },
    failing_since: toIsoOrNull(failing_since),
    disabled_reason,
    filter_error,
    paused,
    waiting,
    ordered,
    held_keys,
    due_since: toIsoOrNull(due_since),
  };
}
