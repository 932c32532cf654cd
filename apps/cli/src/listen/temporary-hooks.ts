import { hostname } from 'node:os';
import { type Api, expectOk } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';

/** Marks the hooks that `listen` made. */
export const LISTEN_TAG = 'eventhooks-listen';

/** The most hooks per listener, which makes one per source. */
const maxHooks = 100;

export interface TemporaryHooks {
  ids: string[];
  /** Removes them as far as the server answers. @returns the ids that are left. */
  remove(): Promise<string[]>;
}

/**
 * Makes hooks that deliver to `url`, one per source. Null as `source` means all sources but `dao:crud`, which repeats `crud`.
 */
export async function createTemporaryHooks(
  api: Api,
  target: { source: string | null; event: string | null; url: string; secret: string },
): Promise<TemporaryHooks> {
  const sources = target.source === null ? await listSources(api) : [target.source];
  const hooks: TemporaryHooks = { ids: [], remove: () => removeHooks(api, hooks.ids) };
  for (const source of sources) {
    const answer = await api.request('POST /event-hooks', {
      body: {
        source,
        event: target.event,
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
    `${message}\nThe server may not deliver to this machine. Start it with EVENTHOOKS_EGRESS_ALLOW=127.0.0.0/8, or give an address that it may reach by --public-url.`,
  );
}

async function listSources(api: Api): Promise<string[]> {
  const { data } = await api.call('GET /event-hooks/sources');
  const wanted = Object.keys(data).filter((source) => source !== 'dao:crud');
  if (wanted.length > maxHooks) {
    throw new CommandFailure(
      EXIT.usage,
      `There are ${wanted.length} sources; name one: eventhooks listen <source> [event]`,
    );
  }
  // `crud` comes last, so that it hears little of the creation of the others.
  return [...wanted.filter((source) => source !== 'crud'), 'crud'];
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
