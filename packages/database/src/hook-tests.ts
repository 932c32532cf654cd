import type pg from 'pg';
import type { Keyring } from './keyring.ts';

/** A probe's text, or `unreadable` when no key of ours opens it. */
export type HookTestText = { ok: true; text: string } | { ok: false };

/** Stores a probe for a worker to run, encrypted; see @eventhooks/contract for what the text holds. */
export async function insertHookTest(pool: pg.Pool, keyring: Keyring, id: string, request: string): Promise<void> {
  const stored = seal(keyring, id, 'request', request);
  await pool.query('INSERT INTO probes (id, request) VALUES ($1, $2)', [id, stored]);
}

/** What a worker is to run; null when nobody waits for it any more. */
export async function readHookTest(pool: pg.Pool, keyring: Keyring, id: string): Promise<HookTestText | null> {
  const result = await pool.query<{ request: string }>('SELECT request FROM probes WHERE id = $1', [id]);
  const stored = result.rows[0]?.request;
  return stored === undefined ? null : open(keyring, id, 'request', stored);
}

/** Stores the result and announces it as `probe:<id>` to whoever waits. */
export async function answerHookTest(pool: pg.Pool, keyring: Keyring, id: string, result: string): Promise<void> {
  await pool.query(
    `WITH answered AS (UPDATE probes SET result = $2 WHERE id = $1 RETURNING id)
     SELECT pg_notify('eventhooks_changes', 'probe:' || id) FROM answered`,
    [id, seal(keyring, id, 'result', result)],
  );
}

/** The result, once there is one. */
export async function readHookTestResult(pool: pg.Pool, keyring: Keyring, id: string): Promise<HookTestText | null> {
  const result = await pool.query<{ result: string | null }>('SELECT result FROM probes WHERE id = $1', [id]);
  const stored = result.rows[0]?.result ?? null;
  return stored === null ? null : open(keyring, id, 'result', stored);
}

/** Removes a probe, answered or given up. */
export async function deleteHookTest(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('DELETE FROM probes WHERE id = $1', [id]);
}

/** Without a key there is no hook with secrets either, and the text, which is JSON then, goes as it is. */
function seal(keyring: Keyring, id: string, part: string, text: string): string {
  return keyring.currentKeyId === null ? text : keyring.seal(text, `probes/${id}/${part}`);
}

function open(keyring: Keyring, id: string, part: string, stored: string): HookTestText {
  return stored.startsWith('{') ? { ok: true, text: stored } : keyring.open(stored, `probes/${id}/${part}`);
}
