import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../support/index.ts';

/** A page of the dashboard in a browser, which records faults that must not happen meanwhile. */
export interface WatchedPage {
  page: Page;
  /** Errors on the console, uncaught ones, and requests to another host. */
  faults: string[];
  /** Goes to a screen and waits until it is whole. */
  goTo(path: string): Promise<void>;
  /** Faults of serious or critical impact that axe-core finds on what is shown. */
  findAccessibilityFaults(): Promise<string[]>;
  /** Elements that make the page wider than its window; empty when it is not. */
  findOverflow(): Promise<string[]>;
  close(): Promise<void>;
}

/** Machines that run tests are slow at times; whoever waits, waits for a condition. */
export const patienceMs = Number(process.env.TEST_PATIENCE ?? 60_000);

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
  let isNetworkChanged = false;
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() !== 'error') return;
    // The machine's interfaces changed, as they do beside containers: the browser drops what it was loading.
    if (message.text().includes('ERR_NETWORK_CHANGED')) isNetworkChanged = true;
    // A preview of what is being typed may be refused; the page says why, and the browser notes it here.
    else if (!url.endsWith('/event-hooks/render')) faults.push(`console: ${message.text()} (${url})`);
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
      const heading = page.getByRole('heading', { level: 1 });
      do {
        isNetworkChanged = false;
        await page.goto(`${baseUrl}/dashboard${path}`);
        await waitFor(async () => isNetworkChanged || (await heading.count()) > 0, {
          timeoutMs: patienceMs,
          what: path,
        });
      } while (isNetworkChanged);
      const unfinished = page.locator('.skeleton, .code-plain');
      await waitFor(async () => (await unfinished.count()) === 0, { timeoutMs: patienceMs, what: `${path} is whole` });
    },
    async findAccessibilityFaults() {
      await page.evaluate(axeSource);
      // Elements that change at this moment, such as a button that has just been enabled, may look wrong: a fault has
      // to be there twice.
      return (await runAxe(page)).length === 0 ? [] : runAxe(page);
    },
    async findOverflow() {
      // Media queries follow a change of the window's size a frame later: a fault has to last.
      await waitFor(async () => (await measureOverflow(page)).length === 0, { timeoutMs: 5_000 }).catch(
        () => undefined,
      );
      return measureOverflow(page);
    },
    close: () => context.close(),
  };
}

function measureOverflow(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth ? [] :
    ['by ' + (scrollWidth - clientWidth) + ' px', ...[...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 120))])(document.documentElement)`);
}

function runAxe(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`axe.run(document).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join('; ')))`);
}
