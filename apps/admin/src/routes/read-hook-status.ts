import { hookStatusSchema, WAITING_COUNTED } from '@eventhooks/contract';
import { findHookStatus, type HookStatus } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { idOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';

export const readHookStatusRoute: Route = {
  method: 'get',
  path: '/event-hooks/{id}/status',
  operation: 'readHookStatus',
  document: {
    summary: 'Read how a hook is doing',
    description: "Its endpoint's circuit breaker, and what waits for it.",
    tag: 'Event hooks',
    responses: { 200: { description: 'The status.', schema: hookStatusSchema } },
  },
  async handle(call) {
    const { pool } = call.context.database;
    const status = await findHookStatus(pool, call.workspace, idOf(call), WAITING_COUNTED);
    if (!status) throw apiError('not_found');
    return { status: 200, body: printStatus(status) };
  },
};

function printStatus({ opened_at, probe_at, probing, failing_since, disabled_reason, waiting, due_since }: HookStatus) {
  const state = opened_at === null ? 'closed' : probing ? 'half_open' : 'open';
  return { breaker: { state, opened_at, probe_at }, failing_since, disabled_reason, waiting, due_since };
}
