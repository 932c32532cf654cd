import { type PrintedToken, tokenPatchSchema, tokenSchema } from '@eventhooks/contract';
import { updateToken } from '@eventhooks/database';
import type { z } from 'zod';
import { recordChange } from '../changes.ts';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printToken } from './list-tokens.ts';

export const patchTokenRoute = defineRoute({
  method: 'patch',
  path: '/tokens/{id}',
  operation: 'patchToken',
  document: {
    summary: 'Change a token',
    description: 'Its name and its rate limit. Behind a workspace: only a token that opens it alone.',
    tag: 'Tokens',
    body: { schema: tokenPatchSchema, examples: { limit: { rate_limit: { rate: 100, burst: 500 } } } },
    responses: { 200: { description: 'The token.', schema: tokenSchema } },
    errors: [413, 415],
  },
  async handle(call) {
    const token = await updateRecorded(call, call.params.id, call.input);
    call.context.authenticator.forget();
    return { status: 200, body: token };
  },
});

function updateRecorded(call: Call, id: string, changes: z.infer<typeof tokenPatchSchema>): Promise<PrintedToken> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const updated = await updateToken(transaction, { workspace: call.scope, id }, changes);
    if (updated === null) throw apiError('not_found');
    const [before, after] = [printToken(updated.before), printToken(updated.after)];
    await recordChange(transaction, call, {
      entity: 'tokens',
      entityId: id,
      before,
      after,
      workspace: after.workspace,
    });
    return after;
  });
}
