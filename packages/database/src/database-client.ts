import { type DatabaseConnection, databaseConnection } from '@eventhooks/config';
import pg from 'pg';

/** Settings that a server reports by itself whenever they change; either one `on` means that it takes no writes. */
const readOnlySettings = ['in_hot_standby', 'default_transaction_read_only'];
/** A younger connection is kept, so that a server that stays read-only is not flooded with new ones. */
const leastAgeMs = 1_000;

/**
 * A connection that knows whether it has a server process of its own, and whether its server takes writes.
 *
 * Behind a pooler, statements may go to another process each time. Then they must not rest on anything that a session keeps:
 * no settings, no names. A pooler makes up the process id of the handshake, so one statement tells that there is one.
 */
export class DatabaseClient extends pg.Client {
  readonly #readOnlyBy = new Set<string>();
  readonly #madeAt = performance.now();
  /** The process id that the server gave when the connection was made. */
  #handshakePid: number | null = null;
  #isPooled = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.connection.on('backendKeyData', (message: { processID: number }) => {
      this.#handshakePid = message.processID;
    });
    this.connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
      const { parameterName: name, parameterValue: value } = message;
      if (!readOnlySettings.includes(name)) return;
      if (value === 'on') this.#readOnlyBy.add(name);
      else this.#readOnlyBy.delete(name);
    });
  }

  /** A connection that one caller keeps to himself. */
  static of(url: string, config: DatabaseConnection): DatabaseClient {
    const client = new DatabaseClient(databaseConnection(url, config));
    // The next statement fails, too, and reports the error.
    client.on('error', () => undefined);
    return client;
  }

  /** Whether a pooler is in between. Known after `begin`. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** Whether a new connection may lead to a server that takes writes, as behind an address that moves in a fail-over. */
  isWorthReplacing(): boolean {
    return this.#readOnlyBy.size > 0 && performance.now() - this.#madeAt > leastAgeMs;
  }

  /**
   * Finds out about a pooler. Without one, it sets `settings` for the session, by a statement, because a pooler may refuse
   * parameters when a connection is made; those that the server does not know are left out. With one, statements lose their names.
   *
   * @throws behind a pooler, when what the role sets changes what we read: then nobody can set it back.
   */
  async begin(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const { rows } = await this.query<{ pid: number; datestyle: string; isolation: string }>(
      `SELECT pg_backend_pid() AS pid, current_setting('datestyle') AS datestyle,
         current_setting('default_transaction_isolation') AS isolation,
         (SELECT count(set_config(name, value, false)) FROM unnest($1::text[], $2::text[]) AS given (name, value)
          WHERE pg_backend_pid() = $3 AND current_setting(name, true) IS NOT NULL)`,
      [Object.keys(settings), Object.values(settings), this.#handshakePid],
    );
    const [{ pid, datestyle, isolation } = { pid: null, datestyle: '', isolation: '' }] = rows;
    this.#isPooled = pid === null || pid !== this.#handshakePid;
    if (!this.#isPooled) return;
    forgetNames(this);
    if (!datestyle.startsWith('ISO') || isolation !== 'read committed')
      throw Object.assign(
        new Error(
          `behind a pooler the role's DateStyle has to be ISO, and its default_transaction_isolation 'read committed' (they are ${datestyle} and ${isolation})`,
        ),
        { code: 'ERR_ROLE_SETTINGS' },
      );
  }
}

/**
 * Statements of the connection lose their names. pg sends a statement with a name to be prepared once per connection, and
 * another process of the server would not know it.
 */
function forgetNames(client: pg.Client): void {
  const { query } = client;
  Object.defineProperty(client, 'query', {
    value: (statement: unknown, ...others: unknown[]): unknown =>
      Reflect.apply(query, client, [withoutName(statement), ...others]),
  });
}

function withoutName(statement: unknown): unknown {
  const isConfig = typeof statement === 'object' && statement !== null && 'name' in statement && 'text' in statement;
  return isConfig && !('submit' in statement) ? { ...statement, name: undefined } : statement;
}
