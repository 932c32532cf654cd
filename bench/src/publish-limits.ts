import { newId } from '@eventhooks/database';
import pg from 'pg';
import { nowMs } from './clock.ts';
import { checkAnswers, createProcessGroup, findFreePort } from './processes.ts';
import { batchesAtOnce, batchSize, openPublisher } from './publisher.ts';
import { runConcurrently } from './run-concurrently.ts';
import { makeEvent } from './sample-event.ts';

/** The number of events that the intake commits at once. */
const connections = 4;

/**
 * Inserts events by one statement for 100 into a table like `events`, and does nothing else.
 *
 * @returns events per second
 */
export async function measureBareInsert(databaseUrl: string, events: number, signal: AbortSignal): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  try {
    await pool.query('CREATE TABLE IF NOT EXISTS bench_events (LIKE events INCLUDING INDEXES)');
    const insertBatch = async (batch: number): Promise<void> => {
      const size = Math.min(batchSize, events - batch * batchSize);
      const made = Array.from({ length: size }, (_, index) => makeEvent(batch * batchSize + index));
      await pool.query({
        name: 'bare-insert',
        text: `INSERT INTO bench_events (id, workspace, source, event, data)
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])`,
        values: [
          made.map(() => newId()),
          made.map(() => 'default'),
          made.map(({ source }) => source),
          made.map(({ event }) => event),
          made.map(({ data }) => JSON.stringify(data)),
        ],
      });
    };
    const startedAtMs = nowMs();
    await runConcurrently(Math.ceil(events / batchSize), batchesAtOnce, signal, insertBatch);
    return (events * 1_000) / (nowMs() - startedAtMs);
  } finally {
    await pool.query('DROP TABLE IF EXISTS bench_events');
    await pool.end();
  }
}

/** Single events to an Express handler that reads them and answers 202. @returns requests per second */
export async function measureBareExpress(events: number, concurrency: number, signal: AbortSignal): Promise<number> {
  const group = createProcessGroup(signal);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  try {
    await group.start({
      name: 'express',
      file: process.execPath,
      args: [new URL('bare-express-main.ts', import.meta.url).pathname, String(port)],
      checkReady: () => checkAnswers(`${url}/`),
    });
    const publisher = openPublisher(url, signal);
    await publisher.publishSingly(events, concurrency);
    const startedAtMs = nowMs();
    await publisher.publishSingly(events, concurrency);
    const perSecond = (events * 1_000) / (nowMs() - startedAtMs);
    await publisher.close();
    return perSecond;
  } finally {
    await group.stop();
  }
}
