import { describeUniqueViolation, type Hook, type HookBodyMode, printHook } from '@eventhooks/contract';
import { findHook, insertHook, updateHook } from '@eventhooks/database';
import { recordChange } from '../changes.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { publishChange } from './publish-change.ts';
import { readHook } from './read-hook.ts';

/** Checks look up names and compile code, so reading, checking and writing are not one transaction. A hook that changed meanwhile is read again. */
const MAX_TRIES = 5;

/**
 * Creates, replaces or patches the hook that the body describes. A request that would change nothing writes nothing.
 *
 * @param id the id in the path; null when there is none.
 * @throws {ApiError} 400 with every fault, 404 for a patch of an unknown hook, 409 for an id that is taken.
 */
export async function saveHook(
  call: Call<{ ping: 'true' | 'false' }>,
  mode: HookBodyMode,
  id: string | null,
): Promise<Hook> {
  const { keyring } = call.context;
  const db = call.context.database.kysely;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = id === null ? null : await findHook(db, keyring, call.workspace, id);
    if (mode === 'patch' && before === null) throw apiError('not_found');
    const after = await readHook(call, mode, id, before);
    if (before !== null && isSameHook(before, after)) return before;
    if (await writeHook(call, before, after)) {
      await publishChange(call, before, after, { isPinged: call.query.ping === 'true' });
      return after;
    }
    if (before === null && (await findHook(db, keyring, call.workspace, after.id)) === null) throw taken(after.id);
    if (mode === 'create') throw taken(after.id);
  }
  throw apiError('unavailable', 'The hook is being changed by others all the time');
}

/** False when the hook was changed, made or deleted since `before` was read. */
async function writeHook(call: Call, before: Hook | null, after: Hook): Promise<boolean> {
  const { keyring } = call.context;
  return call.context.database.kysely.transaction().execute(async (transaction) => {
    if (before === null) {
      if (!(await insertHook(transaction, keyring, after))) return false;
    } else {
      const current = await findHook(transaction, keyring, call.workspace, before.id, { lock: true });
      if (current === null || !isSameHook(current, before)) return false;
      await updateHook(transaction, keyring, before, after);
    }
    await recordChange(transaction, call, {
      entity: 'event_hooks',
      entityId: after.id,
      before: before === null ? null : printHook(before),
      after: printHook(after),
    });
    return true;
  });
}

/** Ids are unique over all workspaces. The answer does not say which workspace has it. */
function taken(id: string): ApiError {
  return new ApiError(409, describeUniqueViolation('id', id));
}

function isSameHook(one: Hook, other: Hook): boolean {
  return (
    JSON.stringify(printHook({ ...one, updated_at: 0 })) === JSON.stringify(printHook({ ...other, updated_at: 0 }))
  );
}
