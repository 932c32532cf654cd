import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { newId } from './ids.ts';

export interface LeaderOptions {
  pool: pg.Pool;
  /** Called with an error that ends a term early, or that prevents a candidacy. */
  onError: (error: Error) => void;
}

export interface Candidacy {
  /**
   * Ends the term, if there is one, and withdraws the candidacy. Resolves when `term` has returned, and others may
   * lead.
   */
  close(): Promise<void>;
}

/** The time in which a process leads. */
export interface Term {
  /** Aborted when the term is over. */
  readonly signal: AbortSignal;
  /**
   * Whether the term is over. A process that was frozen learns it here before its timers run, so ask before each piece
   * of work.
   */
  isOver(): boolean;
}

/** How often a process that is not the leader tries to become it. */
const candidacyMs = 1_000;
/** How long a lease lasts unless it is renewed. After a leader dies or freezes, nobody leads for about this long. */
const leaseMs = 10_000;
const renewMs = 2_000;
/** How long a process that ends waits for the lease to be given up. Without that, it runs out. */
const giveUpMs = 1_000;

/**
 * Runs `term` in one of all processes of an installation: the one that holds the lease, a row of the database. No
 * session is needed, so a pooler may be in between. After a term that returns or throws by itself, a new one begins,
 * here or elsewhere.
 *
 * It is not guaranteed that two terms never overlap: a statement that was sent before the lease ran out may be carried
 * out after that, and processes of release 0.1.0 elect a leader of their own by an advisory lock. The work of a term
 * must tolerate that.
 */
export function runAsLeader(options: LeaderOptions, term: (term: Term) => Promise<void>): Candidacy {
  const closing = new AbortController();
  const run = async (): Promise<void> => {
    const lease = new Lease(options.pool);
    while (!closing.signal.aborted) {
      await leadOnce(lease, term, closing.signal).catch((error: Error) => {
        if (!closing.signal.aborted) options.onError(error);
      });
      await pause(candidacyMs, closing.signal);
    }
    await Promise.race([lease.giveUp().catch(() => undefined), sleep(giveUpMs)]);
  };
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Runs one term if the lease can be had. Rejects when it is lost. */
async function leadOnce(lease: Lease, work: (term: Term) => Promise<void>, closing: AbortSignal): Promise<void> {
  if (!(await lease.take())) return;
  const ending = new AbortController();
  const signal = AbortSignal.any([closing, ending.signal]);
  const isOver = (): boolean => {
    if (lease.hasRunOut()) ending.abort();
    return signal.aborted;
  };
  const renewing = renew(lease, signal).finally(() => ending.abort());
  // It is awaited once the term has returned; until then nothing else listens for its failure.
  renewing.catch(() => undefined);
  await work({ signal, isOver }).finally(() => ending.abort());
  await renewing;
}

/** Renews the lease until `ending`. A failure is tolerated for as long as the lease lasts. Rejects when it is lost. */
async function renew(lease: Lease, ending: AbortSignal): Promise<void> {
  let failure: Error | null = null;
  for (;;) {
    await pause(renewMs, ending);
    if (ending.aborted) return;
    const renewed = lease.take().catch((error: Error) => {
      failure = error;
      return null;
    });
    const isHeld = await Promise.race([renewed, pause(lease.remainingMs(), ending).then(() => null)]);
    if (isHeld === false) throw new Error('another process leads');
    if (isHeld === null && lease.hasRunOut() && !ending.aborted) throw failure ?? new Error('the lease ran out');
  }
}

/** The lease as this process knows it. */
class Lease {
  readonly #pool: pg.Pool;
  readonly #holder = newId();
  #takenAt: Instant | null = null;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Takes the lease, or renews it, and returns whether this process has it now. Times are the server's, so the clocks
   * of processes may differ. An end further away than a lease can last was written by a server whose clock ran ahead.
   */
  async take(): Promise<boolean> {
    const askedAt = readInstant();
    const { rowCount } = await this.#pool.query(
      `UPDATE leader_lease SET holder = $1, expires_at = now() + $2 * interval '1 ms'
       WHERE holder = $1 OR expires_at <= now() OR expires_at > now() + 2 * $2 * interval '1 ms'`,
      [this.#holder, leaseMs],
    );
    this.#takenAt = rowCount === 1 ? askedAt : null;
    return rowCount === 1;
  }

  /** Lets another process take it at once. */
  async giveUp(): Promise<void> {
    if (this.#takenAt === null) return;
    this.#takenAt = null;
    await this.#pool.query('UPDATE leader_lease SET expires_at = now() WHERE holder = $1', [this.#holder]);
  }

  /** How long it lasts, counted from before it was asked for: never longer than the server says. */
  remainingMs(): number {
    return this.#takenAt === null ? 0 : Math.max(0, leaseMs - elapsedMs(this.#takenAt));
  }

  hasRunOut(): boolean {
    return this.remainingMs() === 0;
  }
}

/** A moment by two clocks: the monotonic one may stand still while the machine sleeps, the other may be set back. */
interface Instant {
  monotonicMs: number;
  wallMs: number;
}

function readInstant(): Instant {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}

function elapsedMs(since: Instant): number {
  return Math.max(performance.now() - since.monotonicMs, Date.now() - since.wallMs);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
