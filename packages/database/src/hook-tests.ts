import type pg from 'pg';
import { notifyChange } from './change-listener.ts';
import { printAnsweredHookTest } from './changes.ts';
import type { Keyring } from './keyring.ts';

/** A hook test's text; `ok` is false when none of our keys decrypts it. */
export type HookTestText = { ok: true; text: string } | { ok: false };

/** Stores a hook test for a worker to run, encrypted. @eventhooks/contract says what the text holds. */
export async function insertHookTest(pool: pg.Pool, keyring: Keyring, id: string, request: string): Promise<void> {
  const stored = seal(keyring, id, 'request', request);
  await pool.query('INSERT INTO probes (id, request) VALUES ($1, $2)', [id, stored]);
}

/** The request for a worker to run; null when the admin has given up waiting. */
export async function readHookTest(pool: pg.Pool, keyring: Keyring, id: string): Promise<HookTestText | null> {
  const result = await pool.query<{ request: string }>('SELECT request FROM probes WHERE id = $1', [id]);
  const stored = result.rows[0]?.request;
  return stored === undefined ? null : open(keyring, id, 'request', stored);
}

/** Stores the result, and announces it to the admin that waits. */
export async function answerHookTest(pool: pg.Pool, keyring: Keyring, id: string, result: string): Promise<void> {
  await pool.query(
    `WITH answered AS (UPDATE probes SET result = $2 WHERE id = $1 RETURNING id)
     SELECT ${notifyChange('$3')} FROM answered`,
    [id, seal(keyring, id, 'result', result), printAnsweredHookTest(id)],
  );
}

/** The result, once there is one. */
export async function readHookTestResult(pool: pg.Pool, keyring: Keyring, id: string): Promise<HookTestText | null> {
  const result = await pool.query<{ result: string | null }>('SELECT result FROM probes WHERE id = $1', [id]);
  const stored = result.rows[0]?.result ?? null;
  return stored === null ? null : open(keyring, id, 'result', stored);
}

/** Removes a hook test, answered or given up. */
export async function deleteHookTest(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('DELETE FROM probes WHERE id = $1', [id]);
}

/** Without a key there is no hook with secrets either, so the text, which is JSON, is stored as it is. */
function seal(keyring: Keyring, id: string, part: string, text: string): string {
  return keyring.currentKeyId === null ? text : keyring.seal(text, `probes/${id}/${part}`);
}

function open(keyring: Keyring, id: string, part: string, stored: string): HookTestText {
  return stored.startsWith('{') ? { ok: true, text: stored } : keyring.open(stored, `probes/${id}/${part}`);
}
