import { messageOf } from '@eventhooks/contract';
import { type Activity, commitEvents, type Database, type EventReceipt, type NewEvent } from '@eventhooks/database';
import type { Logger, Metrics } from '@eventhooks/operations';
import type { EventQueue, QueuedBatch } from '@eventhooks/queue';
import pTimeout from 'p-timeout';
import { createBatchEnqueuer } from './enqueue-batches.ts';

export interface Intake {
  /**
   * Commits events together with those of concurrent requests. When it resolves, they are on disk and will be
   * delivered; when it rejects, none of them was accepted (or PostgreSQL did not say: publishing again with the same
   * publisher's ids is then safe).
   *
   * @throws {IntakeUnavailableError} when PostgreSQL does not take them.
   */
  submit(events: readonly NewEvent[]): Promise<EventReceipt[]>;
  /** Commits the pending events. */
  close(): Promise<void>;
}

/** PostgreSQL does not take events now. Publishers should try again in a while. */
export class IntakeUnavailableError extends Error {
  override name = 'IntakeUnavailableError';
}

/** PostgreSQL did not say whether it committed. */
class NoAnswerError extends Error {}

/**
 * While a commit is under way, the next one waits this long for others to join it. Otherwise it takes only what came in the
 * same turn of the event loop, so that a single event does not wait in vain.
 */
const gatherMs = 2;
/** A batch with this many events is committed at once … */
const gatherEvents = 500;
/** … and so is one with this many characters of data, for a worker holds several batches in memory. */
const gatherCharacters = 4 * 1024 * 1024;
/** Commits under way at the same time. Meanwhile requests gather. */
const commitsAtOnce = 4;
/** The most events that wait for a commit. Beyond that, publishers are told to try again. */
const maxPendingEvents = 20_000;
/** A commit that takes longer is given up, so that publishers do not wait for ever. */
const commitDeadlineMs = 5_000;

interface Submission {
  events: readonly NewEvent[];
  /** The length of all their data. */
  characters: number;
  resolve: (receipts: EventReceipt[]) => void;
  reject: (error: Error) => void;
}

export interface IntakeOptions {
  database: Database;
  queue: EventQueue;
  metrics: Metrics;
  activity: Activity;
  logger: Logger;
}

/** Group commit: concurrent requests share one transaction, and one job. */
export function createIntake(options: IntakeOptions): Intake {
  const gathering: Submission[] = [];
  let pendingEvents = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const commits = new Set<Promise<void>>();
  const enqueuer = createBatchEnqueuer(options);

  const commitGathered = (): void => {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    turn = undefined;
    while (gathering.length > 0 && commits.size < commitsAtOnce) commitOne(takeBatch(gathering));
  };
  const settle = (submissions: readonly Submission[]): void => {
    pendingEvents -= countEvents(submissions);
  };
  const commitOne = (submissions: Submission[]): void => {
    const work = commitSubmissions(submissions, options).then((end) => {
      commits.delete(work);
      settle(submissions);
      // Requests queued behind a commit that timed out would time out, too: refuse them now.
      if (end === 'no answer') settle(refuse(gathering.splice(0), 'PostgreSQL does not answer'));
      commitGathered();
      if (typeof end === 'object') enqueuer.add(end);
    });
    commits.add(work);
  };
  return {
    submit(events) {
      if (pendingEvents + events.length > maxPendingEvents) {
        return Promise.reject(new IntakeUnavailableError(`${pendingEvents} events wait to be committed`));
      }
      return new Promise((resolve, reject) => {
        const characters = events.reduce((sum, { data }) => sum + data.length, 0);
        gathering.push({ events, characters, resolve, reject });
        pendingEvents += events.length;
        if (countToFill(gathering) !== null) commitGathered();
        else if (commits.size === 0) turn ??= setImmediate(commitGathered);
        else timer ??= setTimeout(commitGathered, gatherMs);
      });
    },
    async close() {
      commitGathered();
      while (commits.size > 0) await Promise.all(commits);
      await enqueuer.close();
    },
  };
}

/** The number of the oldest submissions that fill a batch, or null when all of them do not. */
function countToFill(gathering: readonly Submission[]): number | null {
  let events = 0;
  let characters = 0;
  for (const [index, submission] of gathering.entries()) {
    events += submission.events.length;
    characters += submission.characters;
    if (events >= gatherEvents || characters >= gatherCharacters) return index + 1;
  }
  return null;
}

/** Takes the oldest submissions for a batch: at least one, and no more than fill it. */
function takeBatch(gathering: Submission[]): Submission[] {
  return gathering.splice(0, countToFill(gathering) ?? gathering.length);
}

function countEvents(submissions: readonly Submission[]): number {
  return submissions.reduce((sum, { events }) => sum + events.length, 0);
}

type CommitEnd = QueuedBatch | 'nothing new' | 'failed' | 'no answer';

/** Settles every submission; never rejects. Returns the batch to enqueue, if there is one. */
async function commitSubmissions(submissions: readonly Submission[], options: IntakeOptions): Promise<CommitEnd> {
  try {
    const events = submissions.flatMap((submission) => submission.events);
    const { batchId, receipts } = await answerSoon(commitEvents(options.database.pool, events));
    let start = 0;
    for (const { events: own, resolve } of submissions) {
      resolve(receipts.slice(start, start + own.length));
      start += own.length;
    }
    countPublished(events, receipts, options);
    return batchId === null ? 'nothing new' : { id: batchId, events: events.length };
  } catch (error) {
    const reason = messageOf(error);
    options.logger.warn({ error: reason, requests: submissions.length }, 'intake.commit_failed');
    refuse(submissions, reason);
    return error instanceof NoAnswerError ? 'no answer' : 'failed';
  }
}

function refuse(submissions: readonly Submission[], reason: string): readonly Submission[] {
  for (const { reject } of submissions) reject(new IntakeUnavailableError(reason));
  return submissions;
}

function countPublished(events: readonly NewEvent[], receipts: readonly EventReceipt[], options: IntakeOptions): void {
  const fresh = events.filter((_, index) => !receipts[index]?.duplicate);
  for (const [source, count] of countBy(fresh, 'source')) options.metrics.eventsPublished.inc({ source }, count);
  for (const [workspace, count] of countBy(fresh, 'workspace')) options.activity.noteEvents(workspace, count);
}

function countBy(events: readonly NewEvent[], field: 'source' | 'workspace'): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(event[field], (counts.get(event[field]) ?? 0) + 1);
  return counts;
}

function answerSoon<T>(work: Promise<T>): Promise<T> {
  // An error made beforehand would cost each commit a stack trace.
  const fallback = (): never => {
    throw new NoAnswerError(`PostgreSQL did not answer within ${commitDeadlineMs} ms`);
  };
  return pTimeout(work, { milliseconds: commitDeadlineMs, fallback });
}
