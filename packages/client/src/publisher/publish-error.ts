import type { Receipt } from './receipt.ts';

/**
 * Why an event was not published:
 *
 * - `invalid`: the event is refused; `faults` says why. The same event can never succeed.
 * - `unauthorized`: no token, a wrong one, or one whose role or workspace does not permit publishing.
 * - `unavailable`: no conclusive answer came in time. The event may or may not have been committed; publishing
 *   it again with the same id is safe.
 * - `queue_full`: more is waiting than `maxQueuedEvents` or `maxQueuedBytes` allow.
 * - `closed`: the publisher was closed before the event was committed.
 * - `rejected`: any other answer that a retry cannot change.
 */
export type PublishErrorKind = 'invalid' | 'unauthorized' | 'unavailable' | 'queue_full' | 'closed' | 'rejected';

export class PublishError extends Error {
  override name = 'PublishError';
  readonly kind: PublishErrorKind;
  /** The id with which the event can be published again without a duplicate; null if it never had one. */
  readonly id: string | null;
  /** The faults of an `invalid` event, by field, e.g. `data.amount`. */
  readonly faults: readonly { field: string; message: string }[];

  constructor(
    kind: PublishErrorKind,
    message: string,
    {
      id = null,
      faults = [],
      cause,
    }: { id?: string | null; faults?: readonly { field: string; message: string }[]; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.id = id;
    this.faults = faults;
  }
}

export type PublishOutcome = { ok: true; receipt: Receipt } | { ok: false; error: PublishError };

/** Some of the events of `publishMany` were not published; the others were. */
export class PublishManyError extends Error {
  override name = 'PublishManyError';
  /** One outcome per event, in the order given. */
  readonly outcomes: readonly PublishOutcome[];

  constructor(outcomes: readonly PublishOutcome[]) {
    const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
    super(
      `${errors.length} of ${outcomes.length} events were not published; the first because: ${errors[0]?.message}`,
      {
        cause: errors[0],
      },
    );
    this.outcomes = outcomes;
  }
}
