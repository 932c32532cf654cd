/** A hook that an event could fire now. */
export interface FiringRequest {
  /**
   * Names the hook's state: the hook's id and revision, so that a changed hook starts afresh. `snoozeSeconds` and
   * `onChange` are the same in all requests of one key.
   */
  hookKey: string;
  eventId: string;
  /** See `digestOf`. */
  digest: string;
  /** 0 is as null: no snooze. */
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
 * Decides which hooks fire, by what each fired last (snooze and on_change). One atomic step a call, whatever number of
 * workers ask at once.
 *
 * A decision belongs to its (hook, event) within its batch: asked again for the same batch, whoever asks gets the same
 * answer, until the batch is released, for 30 days at least. So a batch that is run again after its worker died fires
 * what it would have fired.
 */
export interface Suppression {
  /**
   * Decides in the order given; answers in the same order. May be called several times for a batch, with any part of
   * its pairs. Time is the server's, in milliseconds.
   *
   * @throws Error when the server cannot be asked. Whether it decided is then unknown; asking again is safe.
   */
  claim(batchId: string, requests: readonly FiringRequest[]): Promise<FiringDecision[]>;
  /** Forgets a batch's decisions, once their outcomes are recorded; the hooks' state stays. */
  release(batchId: string): Promise<void>;
  /** Leaves the connection that was handed in open. */
  close(): Promise<void>;
}
