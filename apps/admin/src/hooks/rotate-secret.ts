import { randomBytes } from 'node:crypto';
import {
  HOOK_LIMITS,
  type Hook,
  isSigned,
  type OldSecret,
  printHook,
  type RotateSecretInput,
  type SignedHook,
} from '@eventhooks/contract';
import { findHook, updateSecrets } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { publishChange } from './publish-change.ts';
import { NO_KEY } from './read-hook.ts';

/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;
const DEFAULT_GRACE_SECONDS = 86_400;

/**
 * Gives a webhook a new secret. The replaced secrets also sign until the grace period ends, at the latest; 0 ends
 * them at once.
 *
 * @throws {ApiError} 400, 404, or 409 for too many rotations within their grace periods and for secrets that cannot be read.
 */
export async function rotateSecret(call: Call, id: string, input: RotateSecretInput): Promise<Hook> {
  const { keyring, database } = call.context;
  if (keyring.currentKeyId === null) throw schemaViolation([{ path: ['secret'], message: NO_KEY }]);
  const { before, after } = await database.kysely.transaction().execute(async (transaction) => {
    const hook = await findHook(transaction, keyring, call.workspace, id, { lock: true });
    const rotated = rotate(hook, input, Math.floor(Date.now() / 1000));
    await updateSecrets(transaction, keyring, rotated.after);
    await recordChange(transaction, call, {
      entity: 'event_hooks',
      entityId: id,
      before: printWithOldSecrets(rotated.before),
      after: printWithOldSecrets(rotated.after),
    });
    return rotated;
  });
  await publishChange(call, before, after);
  return after;
}

function rotate(before: Hook | null, input: RotateSecretInput, now: number): { before: SignedHook; after: SignedHook } {
  if (before === null) throw apiError('not_found');
  if (!isSigned(before)) throw apiError('bad_request', `handler '${before.handler}' has no secret`);
  if (before.unreadable.length > 0) throw apiError('secrets_unreadable');
  const secret = input.secret ?? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  if (secret === before.config.secret) {
    throw schemaViolation([{ path: ['secret'], message: 'is the current secret already' }]);
  }
  const endsAt = now + (input.grace_period ?? DEFAULT_GRACE_SECONDS);
  const old_secrets = replacedSecrets(before, endsAt).filter((old) => old.ends_at > now && old.secret !== secret);
  if (old_secrets.length > HOOK_LIMITS.oldSecrets) {
    throw apiError(
      'in_use',
      `${HOOK_LIMITS.oldSecrets} older secrets are in their grace periods; wait, or end them with "grace_period": 0`,
    );
  }
  return { before, after: { ...withSecret(before, secret), updated_at: now, old_secrets } };
}

function withSecret<H extends SignedHook>(hook: H, secret: string): H {
  return { ...hook, config: { ...hook.config, secret } };
}

function replacedSecrets({ config, old_secrets }: SignedHook, endsAt: number): OldSecret[] {
  const replaced = config.secret === null ? [] : [{ secret: config.secret, ends_at: endsAt }];
  return [...replaced, ...old_secrets.map((old) => ({ ...old, ends_at: Math.min(old.ends_at, endsAt) }))];
}

/** For the audit log: it shows no secret, but the times at which the old ones end. */
function printWithOldSecrets(hook: Hook): Record<string, unknown> {
  return { ...printHook(hook), old_secrets: hook.old_secrets.map(({ ends_at }) => ({ ends_at })) };
}
