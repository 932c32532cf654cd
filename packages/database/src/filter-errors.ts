import type pg from 'pg';

/** Notes the latest error of a hook's filter, unless the hook has changed since. This is no change of configuration. */
export async function noteFilterError(
  pool: pg.Pool,
  hookId: string,
  error: { revision: string; eventId: string; message: string; timeMs: number },
): Promise<void> {
  const noted = { event_id: error.eventId, message: error.message, time: new Date(error.timeMs).toISOString() };
  await pool.query({
    name: 'note-filter-error',
    text: 'UPDATE event_hooks SET filter_error = $3::jsonb WHERE id = $1 AND revision = $2::bigint',
    values: [hookId, error.revision, JSON.stringify(noted)],
  });
}
