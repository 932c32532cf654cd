import { pingSchema } from '@eventhooks/contract';
import { findHook } from '@eventhooks/database';
import { buildPingBody, findPingFailure, pingHook, supportsPing } from '../hooks/ping.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { HOOK_EXAMPLES } from './hook-examples.ts';
import { showPrinted } from './show-hook.ts';

export const pingHookRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/{id}/ping',
  operation: 'pingHook',
  document: {
    summary: 'Ping a webhook',
    description:
      'A worker sends the ping and waits for the response. The answer here is the body that it sent; or 502, with `status` and `error_code`, when the receiver does not answer 2xx.',
    tag: 'Event hooks',
    responses: {
      200: {
        description: 'The body that was sent.',
        schema: pingSchema,
        examples: { ping: { source: 'kong:event_hooks', event_hooks: HOOK_EXAMPLES.webhook, event: 'ping' } },
      },
    },
    errors: [502],
  },
  async handle(call) {
    const { context, workspace } = call;
    const hook = await findHook(context.database.kysely, context.keyring, workspace, call.params.id);
    if (hook === null) throw apiError('not_found');
    if (!supportsPing(hook)) throw apiError('ping_unsupported', `handler '${hook.handler}' does not support 'ping'`);
    const ping = await pingHook(context, hook, null);
    if (!ping.ok) throw apiError('unavailable', ping.reason);
    const failure = findPingFailure(ping.result.outcome);
    if (failure !== null) throw new ApiError(502, failure);
    const body = buildPingBody(hook);
    return { status: 200, body: { ...body, event_hooks: showPrinted(call, body.event_hooks) } };
  },
});
