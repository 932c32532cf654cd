import { type Kysely, sql } from 'kysely';
import { lowestId } from './events.ts';
import { rotateInboundKeys } from './inbound.ts';
import type { Keyring } from './keyring.ts';
import type { Schema } from './schema.ts';
import { openHook, type SealedParts, sealHook } from './seal-hook.ts';

export interface KeyRotation {
  /** Hooks looked at so far. */
  hooks: number;
  /** Hooks whose secrets were encrypted anew. */
  rotated: number;
  /** Ids of hooks with secrets that no key opens; the first hundred. They are left as they are. */
  unreadable: string[];
}

const pageSize = 200;
const maxUnreadableNamed = 100;

/**
 * Encrypts all secrets of hooks with the current key, one page per transaction. Hooks may be read, written and delivered
 * meanwhile. Secrets that the current key sealed are passed over, so it may be run again at any time.
 *
 * @param onPage called after each page.
 */
export async function rotateKeys(
  db: Kysely<Schema>,
  keyring: Keyring,
  onPage: (soFar: KeyRotation) => void,
): Promise<KeyRotation> {
  const result: KeyRotation = { hooks: 0, rotated: 0, unreadable: [] };
  let after: string | null = lowestId;
  while (after !== null) {
    after = await rotatePage(db, keyring, after, result);
    onPage(result);
  }
  const endpoints = await rotateInboundKeys(db, keyring);
  result.unreadable.push(...endpoints.map((name) => `inbound endpoint ${name}`));
  return result;
}

/** Returns the page's last id, or null when there is no further one. */
function rotatePage(db: Kysely<Schema>, keyring: Keyring, after: string, result: KeyRotation): Promise<string | null> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom('event_hooks')
      .select(['id', 'config', 'sealed', 'old_secrets'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageSize)
      .forUpdate()
      .execute();
    for (const { id, ...parts } of rows) {
      result.hooks += 1;
      if (isCurrent(parts, keyring)) continue;
      const opened = openHook(id, parts, keyring);
      if (opened.unreadable.length > 0) {
        if (result.unreadable.length < maxUnreadableNamed) result.unreadable.push(id);
        continue;
      }
      const { sealed, old_secrets } = sealHook({ id, ...opened }, keyring);
      await transaction
        .updateTable('event_hooks')
        .set({
          sealed: JSON.stringify(sealed),
          ...(old_secrets.length > 0 && { old_secrets: JSON.stringify(old_secrets) }),
        })
        .where('id', '=', sql<string>`${id}::uuid`)
        .execute();
      result.rotated += 1;
    }
    return rows.length < pageSize ? null : (rows.at(-1)?.id ?? null);
  });
}

function isCurrent({ sealed, old_secrets }: SealedParts, keyring: Keyring): boolean {
  return [...Object.values(sealed), ...old_secrets.map((old) => old.sealed)].every((text) => keyring.isCurrent(text));
}
