/** Asks whether an event fires a hook. */
export interface FiringRequest {
  /**
   * Names the hook's state. It contains the hook's id and revision, so that a changed hook starts afresh. All requests
   * of one key have the same `snoozeSeconds` and `onChange`.
   */
  hookKey: string;
  eventId: string;
  /** Made by `digestOf`. */
  digest: string;
  /** 0 means no snooze, as null does. */
  snoozeSeconds: number | null;
  onChange: boolean;
}

export type FiringDecision =
  | {
      fires: true;
      /** How many of this hook's firings were suppressed since its last one. */
      suppressedSince: number;
    }
  | {
      fires: false;
      reason: 'snooze' | 'on_change';
      /** When the snooze ends; null for `on_change`, which only another digest ends. */
      until: Date | null;
    };

/**
 * Decides which hooks fire (snooze and on_change), from their earlier firings. Up to 2,000 requests are decided
 * in one atomic step, however many workers ask at once.
 *
 * A decision belongs to its (hook, event) within its batch: every later call for the same batch, from any worker, gets
 * the same answer, until the batch is released or 30 days have passed. So a batch that runs again after its worker died
 * fires the same hooks as it would have.
 */
export interface Suppression {
  /**
   * Decides in the order given, and answers in the same order. May be called several times for a batch, with any part
   * of its pairs. The time is the server's, in milliseconds.
   *
   * @throws Error when the server does not answer. Whether it decided is then unknown, and calling again is safe.
   */
  decide(batchId: string, requests: readonly FiringRequest[]): Promise<FiringDecision[]>;
  /** Forgets a batch's decisions, once their outcomes are recorded. The hooks' state stays. */
  release(batchId: string): Promise<void>;
  /** Does not close the connection that the caller passed. */
  close(): Promise<void>;
}
