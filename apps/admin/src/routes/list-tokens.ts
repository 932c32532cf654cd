import { pageSchema, tokenSchema } from '@eventhooks/contract';
import { listTokens, type TokenRow } from '@eventhooks/database';
import { buildPage, pageQuerySchema, readPageRequest } from '../http/page.ts';
import type { Route } from '../http/route.ts';

export const listTokensRoute: Route = {
  method: 'get',
  path: '/tokens',
  operation: 'listTokens',
  document: {
    summary: 'List tokens',
    description: 'Behind a workspace, those that open it alone. The token of the environment is not among them.',
    tag: 'Tokens',
    query: pageQuerySchema,
    responses: { 200: { description: 'A page of tokens.', schema: pageSchema(tokenSchema) } },
    errors: [400],
  },
  async handle(call) {
    const page = readPageRequest(call);
    const rows = await listTokens(call.context.database.kysely, { workspace: call.scope, ...page });
    return { status: 200, body: buildPage(call, page.size, rows, printToken) };
  },
};

export function printToken(row: TokenRow): Record<string, unknown> {
  const { id, name, role, workspace, expires_at, last_used_at, created_at } = row;
  return {
    created_at: toEpochSeconds(created_at),
    expires_at: expires_at === null ? null : toEpochSeconds(expires_at),
    id,
    last_used_at: last_used_at === null ? null : toEpochSeconds(last_used_at),
    name,
    role,
    workspace,
  };
}

function toEpochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
