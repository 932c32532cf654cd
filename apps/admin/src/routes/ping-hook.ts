import { pingSchema } from '@eventhooks/contract';
import { findHook } from '@eventhooks/database';
import { buildPingBody, pingHook, supportsPing } from '../hooks/ping.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import { idOf } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';
import { showHook } from './list-hooks.ts';

export const pingHookRoute: Route = {
  method: 'get',
  path: '/event-hooks/{id}/ping',
  operation: 'pingHook',
  document: {
    summary: 'Ping a webhook',
    description:
      'A worker sends the ping and waits for its answer, whatever its status. The answer here is the body it sent.',
    tag: 'Event hooks',
    responses: {
      200: {
        description: 'The body that was sent.',
        schema: pingSchema,
        examples: { ping: { source: 'kong:event_hooks', event_hooks: HOOK_EXAMPLES.webhook, event: 'ping' } },
      },
    },
    errors: [400, 502],
  },
  async handle(call) {
    const { context, workspace } = call;
    const hook = await findHook(context.database.kysely, context.keyring, workspace, idOf(call));
    if (hook === null) throw apiError('not_found');
    if (!supportsPing(hook)) throw apiError('ping_unsupported', `handler '${hook.handler}' does not support 'ping'`);
    const ping = await pingHook(context, hook, null);
    if (!ping.ok) throw apiError('unavailable', ping.reason);
    const { outcome } = ping.result;
    if (outcome.kind === 'failure') {
      const body = { message: outcome.message, error_code: outcome.code };
      throw new ApiError(502, body);
    }
    const body = buildPingBody(hook);
    return { status: 200, body: { ...body, event_hooks: showHook(call, body.event_hooks) } };
  },
};
