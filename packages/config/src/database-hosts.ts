import { Socket } from 'node:net';
import { messageOf } from '@eventhooks/contract';
import type { ClientConfig } from 'pg';
import type { Address } from './addresses.ts';

/** Short enough that a connection can still be made within its deadline when a host is silent. */
const checkTimeoutMs = 2_500;
/** SQLSTATE read_only_sql_transaction. */
const readOnly = '25006';

/**
 * The option `stream` of pg for a server with several addresses. Each new connection leads to the address whose server takes
 * writes. All are asked at once, on a connection each; connections that are made meanwhile share the answer.
 */
export function streamToPrimary(addresses: readonly Address[], config: ClientConfig): () => Socket {
  let asking: Promise<Address> | null = null;
  const find = (): Promise<Address> => {
    asking ??= findPrimary(addresses, config).finally(() => {
      asking = null;
    });
    return asking;
  };
  return () => new PrimarySocket(find);
}

/** A socket that looks for its address when it is to connect. */
class PrimarySocket extends Socket {
  readonly #find: () => Promise<Address>;

  constructor(find: () => Promise<Address>) {
    super();
    this.#find = find;
  }

  /** pg names the first address. */
  override connect(): this {
    this.#find().then(
      (address) => {
        if (!this.destroyed) super.connect(address);
      },
      (error: Error) => this.destroy(error),
    );
    return this;
  }
}

async function findPrimary(addresses: readonly Address[], config: ClientConfig): Promise<Address> {
  const faults: string[] = [];
  const codes: string[] = [];
  const checks = addresses.map((address) =>
    checkWrites(address, config).catch((error: Error) => {
      faults.push(`${address.host}:${address.port}: ${messageOf(error)}`);
      codes.push('code' in error && typeof error.code === 'string' ? error.code : '');
      throw error;
    }),
  );
  return Promise.any(checks).catch(() => {
    // The code says how to react: a refused password goes before a standby, and a standby before a host that is away.
    const code = codes.find((one) => /^(28|3D)/.test(one)) ?? codes.find((one) => one === readOnly) ?? codes[0];
    throw Object.assign(new Error(`no host takes writes (${faults.join('; ')})`), { code });
  });
}

/** @throws unless the server at the address takes writes. */
async function checkWrites(address: Address, config: ClientConfig): Promise<Address> {
  // Loaded here, so that a bundle without it starts.
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    ...config,
    ...address,
    application_name: 'eventhooks-hosts',
    connectionTimeoutMillis: checkTimeoutMs,
    query_timeout: checkTimeoutMs,
  });
  // The statement fails, too, and reports the error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ read_only: boolean }>(
      `SELECT current_setting('transaction_read_only')::boolean AS read_only`,
    );
    if (rows[0]?.read_only !== false) throw Object.assign(new Error('it takes no writes'), { code: readOnly });
    return address;
  } finally {
    client.end().catch(() => undefined);
  }
}
