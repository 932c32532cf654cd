import { hostname } from 'node:os';
import { type Api, expectOk } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import type { ListenFilter } from './read-filters.ts';

/** Marks the hooks that `listen` made. */
export const LISTEN_TAG = 'eventhooks-listen';

export interface TemporaryHooks {
  ids: string[];
  /** Removes them as far as the server answers. @returns the ids that are left. */
  remove(): Promise<string[]>;
}

/** Makes hooks that deliver to `url`, one per filter. */
export async function createTemporaryHooks(
  api: Api,
  target: { filters: readonly ListenFilter[]; url: string; secret: string },
): Promise<TemporaryHooks> {
  const hooks: TemporaryHooks = { ids: [], remove: () => removeHooks(api, hooks.ids) };
  for (const { source, event } of target.filters) {
    const answer = await api.request('POST /event-hooks', {
      body: {
        source,
        event,
        handler: 'webhook',
        name: listenerName(),
        tags: [LISTEN_TAG],
        config: { url: target.url, secret: target.secret },
      },
    });
    if (!answer.ok) await hooks.remove();
    if (!answer.ok && /config\.url/.test(answer.message)) throw unreachable(answer.message);
    hooks.ids.push(expectOk(answer).id);
  }
  return hooks;
}

function unreachable(message: string): CommandFailure {
  return new CommandFailure(
    EXIT.refused,
    `${message}\nThe server may not deliver to this machine. Start it with EVENTHOOKS_EGRESS_ALLOW=127.0.0.0/8, or give an address that it may reach with --public-url.`,
  );
}

async function removeHooks(api: Api, ids: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    ids.map(async (id) => ({
      id,
      answer: await api.request('DELETE /event-hooks/{id}', { params: { id }, timeoutMs: 5_000 }),
    })),
  );
  return answers.filter(({ answer }) => !answer.ok).map(({ id }) => id);
}

/** Removes the hooks of this machine's listeners that no longer run (killed, or cut off from the server). @returns their number. */
export async function removeStaleHooks(api: Api): Promise<number> {
  const hooks = await api.all('GET /event-hooks', { tags: LISTEN_TAG });
  const stale = hooks.filter(({ name }) => isStale(name ?? '')).map(({ id }) => id);
  await removeHooks(api, stale);
  return stale.length;
}

function listenerName(): string {
  return `listen ${hostname()} ${process.pid}`;
}

function isStale(name: string): boolean {
  const [, host, pid] = /^listen (.+) (\d+)$/.exec(name) ?? [];
  return host === hostname() && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // The process runs, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
