import { randomUUID } from 'node:crypto';
import { BatchQueue, type QueuedEvent } from './batch-queue.ts';
import type { EventOf, UntypedCatalogue } from './event.ts';
import { PublishError, PublishManyError, type PublishOutcome } from './publish-error.ts';
import { printEvent } from './raw-json.ts';
import type { Receipt } from './receipt.ts';
import { sendBatch } from './send-batch.ts';

export interface PublisherOptions {
  /** The URL of the Admin API, e.g. `https://hooks.example.com:8001`. */
  url: string;
  /** A token with the role `publisher` or `admin`; not needed if the server asks for none. */
  token?: string;
  /** Default: the workspace `default`. */
  workspace?: string;
  /** The most events per request, 1 to 1,000 (500). */
  maxBatchEvents?: number;
  /** How long an event waits for others to share its request, in ms (5). It never waits when a batch is full. */
  lingerMs?: number;
  /** The most requests at the same time (4). */
  maxRequests?: number;
  /** The most events not yet answered (10,000), and their bytes as JSON (64 MiB). */
  maxQueuedEvents?: number;
  maxQueuedBytes?: number;
  /** The deadline of one request, in ms (10,000). */
  requestTimeoutMs?: number;
  /** How long a failed request is tried again, in ms from the first try (60,000). */
  retryForMs?: number;
}

export interface Publisher<C = UntypedCatalogue> extends AsyncDisposable {
  /**
   * Publishes one event. Events of the same moment share a request. When the promise is fulfilled, the event is committed.
   *
   * @throws {PublishError}
   */
  publish(event: EventOf<C>): Promise<Receipt>;
  /**
   * Publishes many events. It takes only as many from the iterable as the publisher has room for, so that a file or a
   * database cursor of any length can be passed.
   *
   * @returns receipts in the order of the events.
   * @throws {PublishManyError} when some were not published, after all were tried.
   */
  publishMany(events: Iterable<EventOf<C>> | AsyncIterable<EventOf<C>>): Promise<Receipt[]>;
  /** Fulfilled when there is room for another event: back-pressure for callers that do not await `publish`. */
  ready(): Promise<void>;
  /** Sends waiting events. Fulfilled when everything published so far has its answer, success or failure. */
  flush(): Promise<void>;
  /** Takes no more events, and flushes. Events without an answer after `timeoutMs` (10,000) fail with kind `closed`. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/** The server's own limit is 8 MiB per request. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Makes a publisher. Between requests it keeps only the connections of `fetch` open. */
export function createPublisher<C = UntypedCatalogue>(options: PublisherOptions): Publisher<C> {
  const target = {
    url: eventsUrl(options),
    token: options.token ?? null,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    retryForMs: options.retryForMs ?? 60_000,
    pausedUntilMs: 0,
  };
  const aborter = new AbortController();
  const queue = new BatchQueue({
    maxBatchEvents: Math.min(1_000, Math.max(1, options.maxBatchEvents ?? 500)),
    maxBatchBytes: MAX_BATCH_BYTES,
    lingerMs: options.lingerMs ?? 5,
    maxRequests: Math.max(1, options.maxRequests ?? 4),
    maxQueuedEvents: options.maxQueuedEvents ?? 10_000,
    maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
    send: (batch) => sendBatch(batch, target, aborter.signal),
  });
  let isClosed = false;

  const publish = (event: EventOf<C>): Promise<Receipt> => {
    if (isClosed) return Promise.reject(new PublishError('closed', 'The publisher is closed'));
    const id = event.id ?? randomUUID();
    return queue.add(toQueued(event, id));
  };
  const close = async ({ timeoutMs = 10_000 } = {}): Promise<void> => {
    isClosed = true;
    const timer = setTimeout(() => aborter.abort(), timeoutMs);
    await queue.flush();
    clearTimeout(timer);
  };
  return {
    publish,
    publishMany: (events) => publishAll(events, publish, () => queue.ready()),
    ready: () => queue.ready(),
    flush: () => queue.flush(),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function eventsUrl({ url, workspace }: PublisherOptions): string {
  const base = url.replace(/\/+$/, '');
  if (URL.parse(base) === null) throw new TypeError(`url: expected an absolute URL, got '${url}'`);
  return workspace === undefined ? `${base}/events` : `${base}/${encodeURIComponent(workspace)}/events`;
}

function toQueued(given: { source: string; event: string; data: unknown }, id: string): QueuedEvent {
  const { source, event, data } = given;
  return { id, json: printEvent({ source, event, data, id }) };
}

async function publishAll<E>(
  events: Iterable<E> | AsyncIterable<E>,
  publish: (event: E) => Promise<Receipt>,
  ready: () => Promise<void>,
): Promise<Receipt[]> {
  const pending: Promise<PublishOutcome>[] = [];
  for await (const event of events) {
    await ready();
    pending.push(
      publish(event).then(
        (receipt) => ({ ok: true, receipt }),
        (error: PublishError) => ({ ok: false, error }),
      ),
    );
  }
  const outcomes = await Promise.all(pending);
  const receipts = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.receipt] : []));
  if (receipts.length < outcomes.length) throw new PublishManyError(outcomes);
  return receipts;
}
