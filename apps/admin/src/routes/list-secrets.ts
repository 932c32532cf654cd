import { type Hook, hookSecretsSchema, isSigned } from '@eventhooks/contract';
import { findHook } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';

export const listSecretsRoute = defineRoute({
  method: 'get',
  path: '/event-hooks/{id}/secrets',
  operation: 'listSecrets',
  document: {
    summary: 'List the secrets that sign for a webhook',
    description:
      'The current one first, and those that a rotation replaced until they end. Viewers see the secrets as null.',
    tag: 'Event hooks',
    responses: { 200: { description: 'The secrets.', schema: hookSecretsSchema } },
  },
  async handle(call) {
    const { database, keyring } = call.context;
    const hook = await findHook(database.kysely, keyring, call.workspace, call.params.id);
    if (hook === null) throw apiError('not_found');
    const data = secretsOf(hook).map(({ secret, ends_at }) => ({
      secret: call.actor.role === 'admin' ? secret : null,
      ends_at,
    }));
    return { status: 200, body: { data } };
  },
});

function secretsOf(hook: Hook): { secret: string; ends_at: number | null }[] {
  if (!isSigned(hook) || hook.config.secret === null) return [];
  const now = Date.now() / 1000;
  return [{ secret: hook.config.secret, ends_at: null }, ...hook.old_secrets.filter(({ ends_at }) => ends_at > now)];
}
