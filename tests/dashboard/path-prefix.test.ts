import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { ensureDashboard } from '../support/dashboard.ts';
import { type App, createTestDatabase, spawnApp, type TestDatabase, waitFor } from '../support/index.ts';
import { openWatchedPage, patienceMs, type WatchedPage } from './watched-page.ts';

const prefix = '/hooks';

/** A proxy like nginx's `location /hooks/ { proxy_pass http://admin/; }`: strips the prefix and names it in a header. */
async function startProxy(target: string): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end(`outside of the prefix: ${path}`);
      return;
    }
    const headers = { ...incoming.headers, 'x-forwarded-prefix': prefix };
    const { method = 'GET' } = incoming;
    const forwarded = request(target + path.slice(prefix.length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

(hasBrowser() ? describe : describe.skip)('the dashboard below a path prefix', () => {
  const token = 'a-token-for-the-dashboard';
  let database: TestDatabase;
  let app: App;
  let proxy: { server: Server; url: string };
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    await ensureDashboard();
    database = await createTestDatabase();
    [app, browser] = await Promise.all([
      spawnApp('standalone', {
        ...database.env,
        EVENTHOOKS_ADMIN_TOKEN: token,
        EVENTHOOKS_TRUSTED_PROXIES: '127.0.0.1',
        EVENTHOOKS_LOG_LEVEL: 'warn',
      }),
      launchBrowser(),
    ]);
    proxy = await startProxy(app.url);
    watched = await openWatchedPage(browser, proxy.url + prefix);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    proxy?.server.closeAllConnections();
    proxy?.server.close();
    await app?.stop();
    await database?.drop();
  }, 60_000);

  test('F50 signing in, a deep link, the live view and the docs work behind a proxy that takes the prefix off', async () => {
    const { page, goTo, faults } = watched;
    await goTo('/');
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/hooks\/dashboard/);

    await goTo('/hooks/new');
    await page.locator('.kind').first().waitFor();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.waitForURL(/\/hooks\/dashboard\/deliveries$/);

    await page.goto(`${proxy.url}${prefix}/docs`);
    await waitFor(async () => (await page.getByText('/event-hooks', { exact: true }).count()) > 0, {
      timeoutMs: patienceMs,
      what: 'the docs show the API',
    });
    expect(faults).toEqual([]);
  }, 180_000);
});
