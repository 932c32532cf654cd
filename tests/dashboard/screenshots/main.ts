import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@eventhooks/config';
import { makePage, readPage } from '@eventhooks/database';
import { findFreePort, startEmbeddedPostgres } from '@eventhooks/embedded-postgres';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { startStandalone } from '../../../apps/standalone/src/standalone.ts';
import { launchBrowser } from '../../support/browser.ts';
import { waitFor } from '../../support/wait-for.ts';
import { seedHistory } from './history.ts';
import { startReceivers } from './receivers.ts';
import { type Call, type Seeded, seed } from './seed.ts';

/**
 * `npm run screenshots [out] [all]`: starts an installation of its own, fills it as a shop's would be, and takes a picture of
 * each screen into `docs/images` (or `out`). Takes about a minute; needs Chromium. With `all` it takes each whole screen at three
 * widths, in light and dark, to be looked at.
 */
const out = process.argv[2] ?? 'docs/images';
const isAll = process.argv[3] === 'all';
const wide = { width: 1280, height: 800 };
const phone = { width: 380, height: 780 };

const directory = await mkdtemp(join(tmpdir(), 'eventhooks-screenshots-'));
const postgres = await startEmbeddedPostgres({ dataDir: directory, onProgress: () => undefined });
const receivers = await startReceivers();
const ports = { admin: await findFreePort(), worker: await findFreePort() };
const stop = await startStandalone(
  readSettings({
    DATABASE_URL: postgres.url,
    EVENTHOOKS_ADMIN_PORT: String(ports.admin),
    EVENTHOOKS_WORKER_PORT: String(ports.worker),
    EVENTHOOKS_LOG_LEVEL: 'silent',
    EVENTHOOKS_SECRET_KEYS: Buffer.alloc(32, 7).toString('base64'),
  }),
);
const base = `http://127.0.0.1:${ports.admin}`;
const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
const browser = await launchBrowser();
try {
  const seeded = await seed(callOf(base), pool, { adminUrl: base, receiverUrl: receivers.url });
  await seedHistory(pool);
  await replayOrders(await open(browser, wide, 'light'), seeded);
  await nameReceivers(receivers.url);
  if (isAll) await callOf(base)('PATCH', `/event-hooks/${seeded.ordersHook}`, { paused: true });
  await (isAll ? takeEverything(browser, seeded) : takeAll(browser, seeded));
} finally {
  await browser.close();
  await pool.end();
  await stop();
  await receivers.close();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}

function callOf(url: string): Call {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
}

/** Gives receivers public names in pictures; deliveries to these names are put off. */
async function nameReceivers(url: string): Promise<void> {
  const shown = 'https://hooks.example.com';
  await pool.query('UPDATE event_hooks SET config = replace(config::text, $1, $2)::json', [url, shown]);
  await pool.query(
    `UPDATE deliveries SET next_attempt_at = now() + interval '14 minutes' WHERE next_attempt_at IS NOT NULL`,
  );
  // The new URL of a hook has closed its breaker.
  await pool.query(
    `INSERT INTO hook_breakers (hook_id, opened_at, probe_at)
     SELECT id, now() - interval '95 minutes', now() + interval '4 minutes' FROM event_hooks WHERE name = 'Billing ledger'
     ON CONFLICT (hook_id) DO UPDATE SET opened_at = excluded.opened_at, probe_at = excluded.probe_at`,
  );
  for (const [name, since] of Object.entries({
    'Billing ledger': '95 minutes',
    'Search index': '20 minutes',
    'Partner ACME': '9 hours',
  })) {
    await pool.query('UPDATE event_hooks SET failing_since = now() - $2::interval WHERE name = $1', [name, since]);
  }
  await pool.query('UPDATE attempts SET request = replace(request, $1, $2)', [url, shown]);
  const { rows } = await pool.query<{ id: string; content: Buffer }>('SELECT id, content FROM attempt_pages');
  for (const { id, content } of rows) {
    const attempts = readPage(content).map((attempt) => ({
      ...attempt,
      request: attempt.request?.replaceAll(url, shown) ?? null,
    }));
    await pool.query('UPDATE attempt_pages SET content = $2 WHERE id = $1', [id, makePage(attempts).content]);
  }
}

function screensOf(seeded: Seeded) {
  return {
    overview: '/',
    hooks: '/hooks',
    hook: `/hooks/${seeded.billingHook}`,
    'hook-edit': `/hooks/${seeded.slackHook}/edit`,
    deliveries: '/deliveries',
    delivery: `/deliveries/${seeded.failedDelivery}`,
    events: '/events?source=shop',
    event: `/events/${seeded.event}`,
    inbound: '/inbound/github',
    replays: '/replays',
    catalogue: '/catalogue',
    access: '/access',
    audit: '/audit',
    system: '/system',
  };
}

/** Screens and states that the docs have no picture of. */
function moreScreensOf(seeded: Seeded) {
  return {
    'hook-paused': `/hooks/${seeded.ordersHook}`,
    'hook-new': '/hooks/new',
    'hook-new-custom': '/hooks/new?handler=webhook-custom',
    'hook-new-lambda': '/hooks/new?handler=lambda',
    'hook-filter': `/hooks/${seeded.filteredHook}/edit`,
    'inbound-list': '/inbound',
    'inbound-new': '/inbound/new',
    guide: '/guides/who-hears',
    workspaces: '/workspaces',
  };
}

async function takeEverything(browser: Browser, seeded: Seeded): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 768, 1_360]) {
      const page = await open(browser, { width, height: 900 }, colorScheme);
      for (const [name, path] of Object.entries({ ...screensOf(seeded), ...moreScreensOf(seeded) }))
        await take(page, path, `${name}-${width}-${colorScheme}`, true);
      await page.context().close();
    }
  }
}

async function takeAll(browser: Browser, seeded: Seeded): Promise<void> {
  const screens = screensOf(seeded);
  const light = await open(browser, wide, 'light');
  for (const [name, path] of Object.entries(screens)) await take(light, path, name);
  const dark = await open(browser, wide, 'dark');
  for (const name of ['overview', 'delivery', 'hook-edit'] as const) await take(dark, screens[name], `${name}-dark`);
  const small = await open(browser, phone, 'light');
  for (const name of ['overview', 'deliveries', 'delivery', 'hook-edit'] as const)
    await take(small, screens[name], `${name}-phone`);
}

async function open(browser: Browser, viewport: { width: number; height: number }, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
  return context.newPage();
}

async function replayOrders(page: Page, seeded: Seeded): Promise<void> {
  await page.goto(`${base}/dashboard/hooks/${seeded.ordersHook}`);
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('checkbox', { name: 'Succeeded' }).check();
  await page.getByRole('button', { name: 'Start the replay' }).click();
  await page.waitForURL('**/replays');
  await page.getByText('Done', { exact: true }).waitFor();
  await page.context().close();
}

async function take(page: Page, path: string, name: string, fullPage = false): Promise<void> {
  await page.goto(`${base}/dashboard${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const unfinished = page.locator('.skeleton, .code-plain');
  await waitFor(async () => (await unfinished.count()) === 0, { what: `${name} is whole` });
  // The preview comes a moment after the last change, a chart with its own script.
  await page.waitForTimeout(1_200);
  // A delivery's request and response stand below its attempts.
  if (name === 'delivery') await page.setViewportSize({ ...wide, height: 1_080 });
  await page.screenshot({ path: join(out, `dashboard-${name}.png`), fullPage });
  if (name === 'delivery') await page.setViewportSize(wide);
}
