import { hostname } from 'node:os';
import { type Api, expectOk, isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';

/** Marks what `listen` made, so that it can be told from people's hooks. */
export const LISTEN_TAG = 'eventhooks-listen';

/** A hook for each source is as many as one listener makes. */
const MAX_HOOKS = 100;

export interface TemporaryHooks {
  ids: string[];
  /** Removes them, as far as the server answers. @returns ids that are left. */
  remove(): Promise<string[]>;
}

/**
 * Makes hooks that deliver to `url`, one a source: `source` null means all of them. `dao:crud` is left out then, for it repeats
 * what `crud` says.
 */
export async function createTemporaryHooks(
  api: Api,
  target: { source: string | null; event: string | null; url: string; secret: string },
): Promise<TemporaryHooks> {
  const sources = target.source === null ? await listSources(api) : [target.source];
  const hooks: TemporaryHooks = { ids: [], remove: () => removeHooks(api, hooks.ids) };
  for (const source of sources) {
    const answer = await api.request('POST', '/event-hooks', {
      source,
      event: target.event,
      handler: 'webhook',
      name: listenerName(),
      tags: [LISTEN_TAG],
      config: { url: target.url, secret: target.secret },
    });
    if (answer.ok && isRecord(answer.body)) hooks.ids.push(String(answer.body.id));
    else {
      await hooks.remove();
      throw refusal(answer);
    }
  }
  return hooks;
}

function refusal(answer: Parameters<typeof expectOk>[0]): unknown {
  const message = answer.ok ? '' : answer.message;
  if (/config\.url/.test(message)) {
    return new CommandFailure(
      EXIT.refused,
      `${message}\nThe server may not deliver to this machine. Start it with EVENTHOOKS_EGRESS_ALLOW=127.0.0.0/8, or give an address that it may reach by --public-url.`,
    );
  }
  try {
    expectOk(answer);
  } catch (error) {
    return error;
  }
  return new CommandFailure(EXIT.unavailable, 'The server did not answer with a hook');
}

async function listSources(api: Api): Promise<string[]> {
  const body = await api.get('/event-hooks/sources');
  const sources = isRecord(body) && isRecord(body.data) ? Object.keys(body.data) : [];
  const wanted = sources.filter((source) => source !== 'dao:crud');
  if (wanted.length > MAX_HOOKS) {
    throw new CommandFailure(
      EXIT.usage,
      `There are ${wanted.length} sources; name one: eventhooks listen <source> [event]`,
    );
  }
  // Last, so that it hears little of the others' making.
  return [...wanted.filter((source) => source !== 'crud'), 'crud'];
}

async function removeHooks(api: Api, ids: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    ids.map(async (id) => ({ id, answer: await api.request('DELETE', `/event-hooks/${id}`, undefined, 5_000) })),
  );
  return answers.filter(({ answer }) => !answer.ok).map(({ id }) => id);
}

/** Removes hooks of listeners of this machine that are no more (killed, or cut off from the server). @returns how many. */
export async function removeStaleHooks(api: Api): Promise<number> {
  const stale: string[] = [];
  for await (const hook of api.list('/event-hooks', { tags: LISTEN_TAG })) {
    if (isRecord(hook) && isStale(String(hook.name))) stale.push(String(hook.id));
  }
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
    // Another user's process is there, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
