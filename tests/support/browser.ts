import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether tests can use a browser. If CHROMIUM names one, it has to be there: CI sets it. */
export function hasBrowser(): boolean {
  return process.env.CHROMIUM !== undefined || existsSync(executablePath);
}

/**
 * Starts Debian's Chromium, or the one that CHROMIUM names, with an empty profile. It makes no requests of its own.
 *
 * @throws Error that says what to install.
 */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}. Install it (Debian, Ubuntu: apt-get install chromium), or name another with CHROMIUM.`,
    );
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
