import { randomBytes } from 'node:crypto';
import { createdTokenSchema, tokenInputSchema } from '@eventhooks/contract';
import { insertToken, type NewToken, newId, type TokenRow } from '@eventhooks/database';
import type { z } from 'zod';
import { hashToken } from '../auth/authenticator.ts';
import { recordChange } from '../changes.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { defineRoute } from '../http/route.ts';
import { printToken } from './list-tokens.ts';

/** 256 random bits, so that a fast hash keeps them safe. */
const TOKEN_BYTES = 32;

export const createTokenRoute = defineRoute({
  method: 'post',
  path: '/tokens',
  operation: 'createToken',
  document: {
    summary: 'Make a token',
    description:
      'The token is shown this once; only its hash is kept. Behind a workspace, it opens that workspace alone.',
    tag: 'Tokens',
    body: { schema: tokenInputSchema, examples: { publisher: { name: 'billing', role: 'publisher' } } },
    responses: { 201: { description: 'The token.', schema: createdTokenSchema } },
    errors: [413, 415],
  },
  async handle(call) {
    const { input } = call;
    const token = `eh_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
    const row = await insertRecorded(call, {
      id: newId(),
      name: input.name ?? null,
      hash: hashToken(token),
      role: input.role,
      workspace: chooseWorkspace(call, input),
      rate_limit: input.rate_limit ?? null,
      expires_at: typeof input.expires_at === 'number' ? new Date(input.expires_at * 1000) : null,
    });
    return { status: 201, body: { ...printToken(row), token } };
  },
});

/** A token opens no more than its creator's token, and no more than the workspace in the path. */
function chooseWorkspace({ scope, context }: Call, { workspace }: z.infer<typeof tokenInputSchema>): string | null {
  const wanted = workspace ?? scope;
  if (scope !== null && wanted !== scope) throw apiError('forbidden', 'The token can open this workspace only');
  if (wanted !== null && !context.catalogue.hasWorkspace(wanted)) {
    throw schemaViolation([{ path: ['workspace'], message: 'unknown workspace' }]);
  }
  return wanted;
}

function insertRecorded(call: Call, token: NewToken): Promise<TokenRow> {
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    const row = await insertToken(transaction, token);
    await recordChange(transaction, call, {
      entity: 'tokens',
      entityId: row.id,
      before: null,
      after: printToken(row),
      workspace: row.workspace,
    });
    return row;
  });
}
