import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether tests can have a browser. Where CHROMIUM names one they must: CI sets it. */
export function hasBrowser(): boolean {
  return process.env.CHROMIUM !== undefined || existsSync(executablePath);
}

/**
 * Starts Debian's Chromium, or the one that CHROMIUM names, with an empty profile; it talks to nobody but us.
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
