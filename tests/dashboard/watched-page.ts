import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** What a person sees of the dashboard, with what must not happen meanwhile written down. */
export interface WatchedPage {
  page: Page;
  /** Errors on the console, uncaught ones, and requests to another host. */
  faults: string[];
  /** Goes to a screen and waits until it is whole. */
  goTo(path: string): Promise<void>;
  /** Faults of serious or critical impact that axe-core finds on what is shown. */
  findAccessibilityFaults(): Promise<string[]>;
  close(): Promise<void>;
}

/** Machines that run tests are slow at times; whoever waits, waits for a condition. */
export const patienceMs = 60_000;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function openWatchedPage(
  browser: Browser,
  baseUrl: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const faults: string[] = [];
  const { host } = new URL(baseUrl);
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.host !== host)
      faults.push(`request to ${url.host}`);
  });
  return {
    page,
    faults,
    async goTo(path) {
      await page.goto(`${baseUrl}/dashboard${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForFunction(`document.querySelector('.skeleton, .code-plain') === null`);
    },
    async findAccessibilityFaults() {
      await page.evaluate(axeSource);
      return page.evaluate<string[]>(`axe.run(document).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join('; ')))`);
    },
    close: () => context.close(),
  };
}
