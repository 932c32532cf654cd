import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { advisoryKey } from './advisory-locks.ts';
import { SessionClient } from './session-client.ts';
import { checkWritable } from './writable.ts';

export interface LeaderOptions {
  url: string;
  /** Called with an error that ends a term early, or that prevents a connection. */
  onError: (error: Error) => void;
}

export interface Candidacy {
  /** Ends the term, if there is one, and withdraws the candidacy. Resolves when `term` has returned. */
  close(): Promise<void>;
}

/** How often a process that is not the leader tries to become it. */
const candidacyMs = 2_000;
/** How often the leader asks PostgreSQL whether it still is. */
const confirmMs = 2_000;
/** PostgreSQL ends a session that it has not heard of for this long, and so frees the lock of a stopped process. */
const silenceMs = 10_000;

/**
 * Runs `term` in one of all processes of an installation: the one that holds an advisory lock, on a connection of its own.
 * `signal` tells a term to end: the candidacy was closed, or the lock is gone with its connection. After a term that returns or
 * throws by itself, a new one begins, here or elsewhere.
 *
 * It is not guaranteed that two terms never overlap: a leader that lost its connection learns of it within `confirmMs`,
 * and of a server that vanished silently within `silenceMs`. The work of a term must tolerate that.
 */
export function runAsLeader(options: LeaderOptions, term: (signal: AbortSignal) => Promise<void>): Candidacy {
  const closing = new AbortController();
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await beLeaderOnce(options.url, term, closing.signal).catch((error: Error) => {
        if (!closing.signal.aborted) options.onError(error);
      });
      await pause(candidacyMs, closing.signal);
    }
  };
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Waits for the lock and runs one term. Rejects when the connection breaks. */
async function beLeaderOnce(
  url: string,
  term: (signal: AbortSignal) => Promise<void>,
  closing: AbortSignal,
): Promise<void> {
  const client = new SessionClient(url, { application_name: 'eventhooks-scheduler', query_timeout: silenceMs });
  // The next statement fails, too, and reports the error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.checkSession();
    await client.query(`SET idle_session_timeout = ${silenceMs}`);
    while (!(await tryLock(client))) {
      await pause(candidacyMs, closing);
      if (closing.aborted) return;
    }
    const ending = new AbortController();
    const confirming = confirm(client, AbortSignal.any([closing, ending.signal])).finally(() => ending.abort());
    // It is awaited once the term has returned; until then nothing else listens for its failure.
    confirming.catch(() => undefined);
    await term(AbortSignal.any([closing, ending.signal])).finally(() => ending.abort());
    await confirming;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const result = await client.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(${advisoryKey('leader')}) AS held`);
  return result.rows[0]?.held ?? false;
}

/**
 * Tells PostgreSQL now and then that the leader is alive, and rejects when the lock's connection is gone or its server takes
 * no writes: after a demotion in a fail-over, only the lock on the other server counts.
 */
async function confirm(client: pg.Client, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    await checkWritable(client);
    await pause(confirmMs, ending);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
