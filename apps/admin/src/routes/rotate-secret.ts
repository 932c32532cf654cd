import { printedHookSchema, rotateSecretInputSchema } from '@eventhooks/contract';
import { rotateSecret } from '../hooks/rotate-secret.ts';
import { defineRoute } from '../http/route.ts';
import { showHook } from './show-hook.ts';

export const rotateSecretRoute = defineRoute({
  method: 'post',
  path: '/event-hooks/{id}/rotate-secret',
  operation: 'rotateSecret',
  document: {
    summary: "Rotate a webhook's secret",
    description:
      'Until the grace period ends, `webhook-signature` carries a signature of each secret, and `x-kong-signature` that of the oldest. The ' +
      'answer is the hook, with its new secret in `config.secret`.',
    tag: 'Event hooks',
    body: { schema: rotateSecretInputSchema, examples: { day: { grace_period: 86_400 } } },
    responses: { 200: { description: 'The hook with its new secret.', schema: printedHookSchema } },
    errors: [409, 413, 415],
  },
  async handle(call) {
    return { status: 200, body: showHook(call, await rotateSecret(call, call.params.id, call.input)) };
  },
});
