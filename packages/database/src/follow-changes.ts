import type { ChangeListener } from './change-listener.ts';
import type { Change } from './changes.ts';

export interface FollowOptions {
  listener: ChangeListener;
  /** The kinds to follow; `missed` concerns everyone and is always followed. */
  kinds: readonly Change['kind'][];
  /** Reads the entries that `changes` make stale, or everything when one of them is `missed`. */
  load: (changes: readonly Change[]) => Promise<void>;
  onError: (error: Error) => void;
  /** Everything is also read this often: for changes whose notifications can be lost without a change of the version. */
  reloadEveryMs?: number;
}

export interface ChangeFollower {
  /** Reads everything. Resolves when all that was committed before the call is loaded. */
  refresh(): Promise<void>;
  close(): void;
}

/** Changes that arrive together are read together. */
const gatherMs = 20;
const retryMs = 500;
/** Past this it is quicker to read everything. */
const maxPending = 10_000;

/**
 * Keeps loaded data up to date: loads them once, and again when they change. One load runs at a time, so that the last
 * change is always read last; changes that arrive meanwhile share the next load. A failed load is repeated until it
 * succeeds.
 *
 * @returns once everything is loaded.
 * @throws the error of the first load.
 */
export async function followChanges(options: FollowOptions): Promise<ChangeFollower> {
  const { listener, kinds, onError, reloadEveryMs } = options;
  let pending: Change[] = [];
  let loading: Promise<void> = Promise.resolve();
  let queued: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const note = (changes: readonly Change[]): void => {
    pending = pending.concat(changes);
    if (pending.length > maxPending) pending = [{ kind: 'missed', version: latestVersion(pending) }];
  };
  const loadPending = async (): Promise<void> => {
    queued = null;
    const changes = pending;
    pending = [];
    await options.load(changes).catch((error: Error) => {
      note(changes);
      loadIn(retryMs);
      throw error;
    });
  };
  const load = (): Promise<void> => {
    queued ??= loading = loading.catch(() => undefined).then(loadPending);
    return queued;
  };
  const loadIn = (delayMs: number): void => {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      load().catch(onError);
    }, delayMs);
  };
  const refresh = (): Promise<void> => {
    note([{ kind: 'missed', version: null }]);
    return load();
  };

  const unsubscribe = listener.subscribe((change) => {
    if (change.kind !== 'missed' && !kinds.includes(change.kind)) return;
    note([change]);
    loadIn(gatherMs);
  });
  const close = (): void => {
    closed = true;
    unsubscribe();
    clearTimeout(timer);
    clearInterval(regularly);
  };
  const regularly =
    reloadEveryMs === undefined ? undefined : setInterval(() => refresh().catch(onError), reloadEveryMs);
  await refresh().catch((error: Error) => {
    close();
    throw error;
  });
  return { refresh, close };
}

function latestVersion(changes: readonly Change[]): bigint | null {
  let latest: bigint | null = null;
  for (const { version } of changes) if (version !== null && (latest === null || version > latest)) latest = version;
  return latest;
}
