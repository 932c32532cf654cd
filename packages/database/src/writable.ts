import { databaseConnection } from '@eventhooks/config';
import pg from 'pg';

/** Settings that a server reports by itself whenever they change; either one `on` means that it takes no writes. */
const readOnlySettings = ['in_hot_standby', 'default_transaction_read_only'];
/** A younger connection is kept, so that a server that stays read-only is not flooded with new ones. */
const leastAgeMs = 1_000;

/** A connection that knows whether its server takes writes, without asking. */
export class ReportingClient extends pg.Client {
  readonly #readOnlyBy = new Set<string>();
  readonly #madeAt = performance.now();

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
      const { parameterName: name, parameterValue: value } = message;
      if (!readOnlySettings.includes(name)) return;
      if (value === 'on') this.#readOnlyBy.add(name);
      else this.#readOnlyBy.delete(name);
    });
  }

  /** Whether a new connection may lead to a server that takes writes, as behind an address that moves in a fail-over. */
  isWorthReplacing(): boolean {
    return this.#readOnlyBy.size > 0 && performance.now() - this.#madeAt > leastAgeMs;
  }
}

/** @throws when the server that answers takes no writes: it is a standby, or was made read-only. */
export async function checkWritable(connection: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await connection.query<{ read_only: boolean }>(
    `SELECT current_setting('transaction_read_only')::boolean AS read_only`,
  );
  if (rows[0]?.read_only !== false) throw new Error('the server takes no writes');
}

/** Connects to the database, asks whether it takes writes, and leaves. @throws what keeps it from being used. */
export async function checkDatabase(url: string): Promise<void> {
  const client = new pg.Client(databaseConnection(url, { application_name: 'eventhooks-readiness' }));
  // The statement fails, too, and reports the error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await checkWritable(client);
  } finally {
    client.end().catch(() => undefined);
  }
}
