import { type DatabaseConnection, databaseConnection } from '@eventhooks/config';
import pg from 'pg';
import { kindOfDatabaseError } from './errors.ts';

/** More than two, because other clients of a pooler may take a session between two statements of ours. */
const rounds = 5;
const deadlineMs = 2_000;

/** A connection that needs a session of its own, for notifications or for locks that outlive a transaction. */
export class SessionClient extends pg.Client {
  readonly #url: string;
  /** The process id that was announced when the connection was made. */
  #announced: number | null = null;

  constructor(url: string, config: DatabaseConnection) {
    super(databaseConnection(url, config));
    this.#url = url;
    this.connection.on('backendKeyData', (message: { processID: number }) => {
      this.#announced = message.processID;
    });
  }

  /**
   * Checks that no pooler in transaction mode hands the statements of this connection to any session.
   *
   * Poolers make up the process id that they announce, so one statement tells that there is none. Behind a pooler, the
   * processes that serve two connections are compared. In transaction mode the next statement gets the session that became
   * idle last, or sessions take turns. Either shows, because the second connection asks once more in each round: sessions that
   * take turns come back to the same connections in one round at most.
   *
   * @throws an error of the kind `pooler`.
   */
  async checkSession(): Promise<void> {
    const process = await readProcess(this);
    if (process === this.#announced) return;
    const config = { application_name: 'eventhooks-session-check', query_timeout: deadlineMs };
    const other = new pg.Client({ ...databaseConnection(this.#url, config), connectionTimeoutMillis: deadlineMs });
    other.on('error', () => undefined);
    try {
      await other.connect();
      for (let round = 1; round <= rounds; round += 1) {
        for (let asked = 0; asked < round; asked += 1) {
          if ((await readProcess(other)) === process)
            throw new Error(`a session in process ${process} serves two connections`);
        }
        const again = await readProcess(this);
        if (again !== process) throw new Error(`a session moved from process ${process} to process ${again}`);
      }
    } catch (error) {
      // A pool of sessions may have none left for a second connection, and then there is nothing to compare.
      if (kindOfDatabaseError(error) === 'pooler') throw error;
    } finally {
      await other.end().catch(() => undefined);
    }
  }
}

/** The process of PostgreSQL that serves the connection. */
async function readProcess(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? null;
}
