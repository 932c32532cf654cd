import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { parseEgressAllow } from '@eventhooks/delivery';
import { createLogger } from '@eventhooks/operations';
import { migrateQueue } from '@eventhooks/queue';
import {
  type App,
  createTestDatabase,
  spawnApp,
  startReceiver,
  type TestDatabase,
  testSecretKey,
} from '../../../tests/support/index.ts';
import { type AdminConfig, type AdminContext, type AdminOverrides, createContext, startAdmin } from '../src/index.ts';
import { checkAnswer } from './openapi-checker.ts';

export const ADMIN_TOKEN = 'the-first-token-of-all';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  text: string;
}

export interface CallOptions {
  /** Null sends none; otherwise the admin's. */
  token?: string | null;
  /** An object is sent as JSON; a text or form as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestAdmin {
  url: string;
  context: AdminContext;
  /** Calls the API; every answer is checked against /openapi.json. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

/** An admin in this process, on `database`. */
export async function startTestAdmin(
  database: TestDatabase,
  config: Partial<AdminConfig> = {},
  overrides: AdminOverrides = {},
): Promise<TestAdmin> {
  const egress = parseEgressAllow('127.0.0.0/8');
  if (!egress.ok) throw new Error('egress');
  const adminConfig: AdminConfig = {
    databaseUrl: database.url,
    databaseDirectUrl: null,
    replicaUrl: null,
    replicaLagMs: 10_000,
    queue: { kind: 'postgres', url: database.directUrl, shards: 1 },
    host: '127.0.0.1',
    port: 0,
    adminToken: ADMIN_TOKEN,
    secretKeys: [Buffer.from(testSecretKey, 'base64')],
    egress: egress.policy,
    dnsServers: null,
    databaseDisk: { kind: 'unknown' },
    keptMs: 7 * 86_400_000,
    tracing: null,
    sslVerifyDefault: false,
    deliveryDefaults: { retryScheduleMs: [250, 5_000], timeoutMs: 15_000 },
    corsOrigins: [],
    publicUrl: null,
    trustedProxies: [],
    logLevel: 'silent',
    ...config,
  };
  const context = await createContext(adminConfig, {
    logger: createLogger({ service: 'admin', level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    // No name of the tests is to be looked up outside.
    resolveName: () => Promise.reject(Object.assign(new Error('no DNS in tests'), { code: 'ENOTFOUND' })),
    ...overrides,
  });
  const admin = await startAdmin(context);
  return {
    url: admin.url,
    context,
    call: (method, path, options) => callAdmin(admin.url, method, path, options),
    async stop() {
      await admin.stop();
      await context.close();
    },
  };
}

/** A worker process on the same database. */
export async function startTestWorker(database: TestDatabase, logLevel = 'warn'): Promise<App> {
  await migrateQueue(database.directUrl);
  return spawnApp('worker', {
    ...database.env,
    EVENTHOOKS_EGRESS_ALLOW: '127.0.0.0/8',
    EVENTHOOKS_LOG_LEVEL: logLevel,
  });
}

/** An admin in this process, a worker process and a receiver that also records pings, on a database of their own. */
export async function startTestInstallation({ logLevel }: { logLevel?: string } = {}) {
  const database = await createTestDatabase();
  const [worker, receiver] = await Promise.all([
    startTestWorker(database, logLevel),
    startReceiver(() => ({}), { recordPings: true }),
  ]);
  const admin = await startTestAdmin(database);
  return {
    admin,
    worker,
    receiver,
    async stop() {
      await admin.stop();
      await worker.stop();
      await receiver.close();
      await database.drop();
    },
  };
}

export { createTestDatabase, type TestDatabase };

/** Sends target and headers as they are; `fetch` normalizes the one and joins the others. */
export async function sendUnchanged(
  { url }: TestAdmin,
  { body, headers, ...options }: { path: string; method?: string; headers?: OutgoingHttpHeaders; body?: string },
): Promise<Pick<Answer, 'status' | 'body'>> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, ...options, headers: { 'kong-admin-token': ADMIN_TOKEN, ...headers } });
  const [response]: IncomingMessage[] = await once(sent.end(body), 'response');
  if (response === undefined) throw new Error('no response');
  return { status: response.statusCode ?? 0, body: await json(response) };
}

async function callAdmin(
  url: string,
  method: string,
  path: string,
  { token = ADMIN_TOKEN, body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const isPlain =
    typeof body === 'string' || body instanceof URLSearchParams || body instanceof FormData || Buffer.isBuffer(body);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token !== null && { 'kong-admin-token': token }),
      ...(body !== undefined && !isPlain && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isPlain ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
    text,
  };
  checkAnswer(method, path, answer);
  return answer;
}
