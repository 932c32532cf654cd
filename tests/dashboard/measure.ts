import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@eventhooks/config';
import { findFreePort, startEmbeddedPostgres } from '@eventhooks/embedded-postgres';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { startStandalone } from '../../apps/standalone/src/standalone.ts';
import { launchBrowser } from '../support/browser.ts';

/**
 * `npm run measure:dashboard [rows]`: how long the dashboard takes to open with 1,000,000 deliveries in the database, and how
 * much script its first load takes. Prints a table; takes a minute or two; needs Chromium.
 */
const rows = Number(process.argv[2] ?? 1_000_000);
const repeats = 5;

const directory = await mkdtemp(join(tmpdir(), 'eventhooks-measure-'));
const postgres = await startEmbeddedPostgres({ dataDir: directory, onProgress: () => undefined });
const port = await findFreePort();
const stop = await startStandalone(
  readSettings({
    DATABASE_URL: postgres.url,
    EVENTHOOKS_ADMIN_PORT: String(port),
    EVENTHOOKS_WORKER_PORT: String(await findFreePort()),
    EVENTHOOKS_LOG_LEVEL: 'silent',
    EVENTHOOKS_SECRET_KEYS: Buffer.alloc(32, 7).toString('base64'),
  }),
);
const base = `http://127.0.0.1:${port}`;
const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
const browser = await launchBrowser();
try {
  const hook = await makeHook();
  await fill(hook);
  const page = await browser.newPage();
  const bytes = await measureFirstLoad(page);
  print('script of the first load, compressed', `${(bytes / 1_000).toFixed(0)} kB`);
  const screens = {
    'deliveries, opened anew': '/deliveries',
    'deliveries of a hook': `/deliveries?hook=${hook}`,
    'deliveries, exhausted': '/deliveries?status=exhausted',
    'deliveries, suppressed: there are none': '/deliveries?status=suppressed',
    'deliveries with an error': '/deliveries?error=dns',
    'deliveries of a source that has none': '/deliveries?source=balancer',
    overview: '/',
    hooks: '/hooks',
    events: '/events',
    'deliveries, a word that all have': '/deliveries?q=ada',
    'deliveries, a word that none has': '/deliveries?q=nowhere',
  };
  const searches = {
    'search of an id': `q=${hook}`,
    'search of a word that all have': 'q=ada',
    'search of a word that none has, one page': 'q=nowhere',
    'search of a value in the data, one page': 'data=entity.username%3Dgrace',
  };
  for (const [name, query] of Object.entries(searches)) print(name, await measureSearch(query));
  for (const [name, path] of Object.entries(screens)) print(name, `${await measureOpening(page, path)} ms`);
} finally {
  await browser.close();
  await pool.end();
  await stop();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

function print(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(44)} ${value.padStart(10)}\n`);
}

async function makeHook(): Promise<string> {
  const response = await fetch(`${base}/event-hooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source: 'crud', event: 'consumers', handler: 'log' }),
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** Spread over the last ten hours, one in a thousand exhausted. */
async function fill(hook: string): Promise<void> {
  const ids = `(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 36), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid`;
  await pool.query(
    `INSERT INTO events (id, workspace, source, event, data)
     SELECT ${ids}, 'default', 'crud', 'consumers', '{"operation":"create","entity":{"username":"ada"}}' FROM generate_series(1, $1::bigint) AS n`,
    [rows],
  );
  await pool.query(
    `INSERT INTO deliveries (id, event_id, hook_id, workspace, source, event, status, error_code, attempt_count)
     SELECT id, id, $1, 'default', source, event,
       CASE WHEN number % 1000 = 0 THEN 'exhausted' ELSE 'succeeded' END,
       CASE WHEN number % 1000 = 0 THEN 'http_5xx' END, 1
     FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM events WHERE source = 'crud' AND event = 'consumers') AS event`,
    [hook],
  );
  await pool.query('ANALYZE');
}

/** The size of all scripts that are fetched until the overview and its charts are drawn. */
async function measureFirstLoad(page: Page): Promise<number> {
  await page.goto(`${base}/dashboard`);
  await page.locator('.chart canvas').first().waitFor();
  return page.evaluate<number>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  );
}

/** The median time of a page of a search, and the part of all deliveries that it looked at. */
async function measureSearch(query: string): Promise<string> {
  const times: number[] = [];
  let lookedAtTo: string | undefined;
  for (let time = 0; time < repeats; time += 1) {
    const startedAt = performance.now();
    const response = await fetch(`${base}/deliveries?size=50&${query}`);
    lookedAtTo = ((await response.json()) as { looked_at_to?: string }).looked_at_to;
    times.push(performance.now() - startedAt);
  }
  const lookedAt = lookedAtTo === undefined ? 'all' : `back to ${lookedAtTo}`;
  return `${Math.round(times.toSorted((a, b) => a - b)[Math.floor(repeats / 2)] ?? 0)} ms, ${lookedAt}`;
}

/** The median time from requesting the page to its rows, or to the message that there are none. */
async function measureOpening(page: Page, path: string): Promise<number> {
  const times: number[] = [];
  for (let time = 0; time < repeats; time += 1) {
    const startedAt = performance.now();
    await page.goto(`${base}/dashboard${path}`, { waitUntil: 'commit' });
    await page.locator('.table tbody tr, .tile-value, .empty').first().waitFor();
    times.push(performance.now() - startedAt);
  }
  return Math.round(times.toSorted((a, b) => a - b)[Math.floor(repeats / 2)] ?? 0);
}
