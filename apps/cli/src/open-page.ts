import { spawn } from 'node:child_process';
import { isUuid } from '@eventhooks/contract/uuid';
import type { Api } from './api.ts';
import { PAGES } from './dashboard-pages.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { findHook } from './hooks/find-hook.ts';
import type { Session } from './session.ts';

export interface OpenOptions {
  print?: boolean;
}

/** Opens a page of the dashboard: by its name, by the id of an event, delivery or hook, or by a hook's name. */
export async function openPage({ api, output }: Session, { print }: OpenOptions, [wanted]: string[]): Promise<void> {
  const url = `${dashboardOf(api)}${await pathOf(api, wanted)}`;
  const isOpened = !print && !output.json && (await openInBrowser(url));
  output.result({ url }, () => (isOpened ? `Opened ${url}` : url));
}

function dashboardOf({ url, workspace }: Api): string {
  return workspace === null || workspace === 'default'
    ? `${url}/dashboard`
    : `${url}/dashboard/@${encodeURIComponent(workspace)}`;
}

async function pathOf(api: Api, wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return '/';
  if (PAGES.some((page) => page === wanted)) return `/${wanted}`;
  if (!isUuid(wanted)) return `/hooks/${(await findHook(api, wanted)).id}`;
  const params = { id: wanted };
  if ((await api.request('GET /deliveries/{id}', { params })).ok) return `/deliveries/${wanted}`;
  if ((await api.request('GET /events/{id}', { params })).ok) return `/events/${wanted}`;
  if ((await api.request('GET /event-hooks/{id}', { params })).ok) return `/hooks/${wanted}`;
  throw new CommandFailure(EXIT.refused, `There is no delivery, event or hook with the id ${wanted}`);
}

const maxStartMs = 3_000;

/** The program that opens a URL, by platform; elsewhere the desktop's. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** @returns false where there is no browser, as on a server. */
function openInBrowser(url: string): Promise<boolean> {
  const browser = process.env.BROWSER;
  const [command = 'xdg-open', ...args] = browser ? [browser] : (OPENERS[process.platform] ?? ['xdg-open']);
  return new Promise((resolve) => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
    // A browser that stays in the foreground has opened the page by then.
    const timer = setTimeout(() => end(true), maxStartMs);
    const end = (isOpened: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(isOpened);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
  });
}
