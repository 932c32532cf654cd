import { type PrintedToken, pageQuerySchema, pageSchema, tokenSchema } from '@eventhooks/contract';
import { listTokens, type TokenRow } from '@eventhooks/database';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { toEpochSeconds } from './print-time.ts';

export const listTokensRoute = defineRoute({
  method: 'get',
  path: '/tokens',
  operation: 'listTokens',
  document: {
    summary: 'List tokens',
    description: 'Behind a workspace: the tokens that open it alone. The token of the environment is never listed.',
    tag: 'Tokens',
    query: pageQuerySchema,
    responses: { 200: { description: 'A page of tokens.', schema: pageSchema(tokenSchema) } },
  },
  async handle(call) {
    const { size, offset: after = null } = call.query;
    const rows = await listTokens(call.context.database.kysely, { workspace: call.scope, size, after });
    return { status: 200, body: buildPage(call, rows, printToken) };
  },
});

export function printToken(row: TokenRow): PrintedToken {
  const { id, name, role, workspace, expires_at, last_used_at, rate_limit, created_at } = row;
  return {
    created_at: toEpochSeconds(created_at),
    expires_at: expires_at && toEpochSeconds(expires_at),
    id,
    last_used_at: last_used_at && toEpochSeconds(last_used_at),
    name,
    rate_limit,
    role,
    workspace,
  };
}
