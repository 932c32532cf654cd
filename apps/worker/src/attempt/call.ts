import type { DeliveryRecord } from '@eventhooks/database';
import type { Grant } from '../admission/grant.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { makeWaitingRecord } from '../delivery/make-record.ts';

/** Deliveries of one hook that admission granted: no more of them than the grant's size. */
export interface Granted {
  grant: Grant;
  deliveries: readonly Delivery[];
}

/** The attempt of one delivery, from the call that asked for it to its end. */
export interface OpenAttempt {
  readonly delivery: Delivery;
  readonly leaseMs: number;
  /** Whether the caller still waits for its end. */
  isAwaited: boolean;
  record: DeliveryRecord | null;
}

/** The attempts that one caller asked for. It waits for those that end soon; the others go on without it. */
export interface Call {
  readonly attempts: readonly OpenAttempt[];
  /** Resolves when none is awaited any more. */
  readonly released: Promise<void>;
  /** Whether the caller has its records. What ends later records itself. */
  isAnswered: boolean;
  end(attempt: OpenAttempt, record: DeliveryRecord): void;
  /** Stops waiting for the attempts of a hook, or for all. */
  letGo(hookId?: string): void;
  /** Whether every attempt has ended. */
  isOver(): boolean;
  /** A record for each delivery: its end, or that it is in flight under its lease. */
  answer(): DeliveryRecord[];
}

export function openCall(attempts: readonly OpenAttempt[]): Call {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let awaited = attempts.filter(({ isAwaited }) => isAwaited).length;
  let open = attempts.length;

  const stopWaiting = (attempt: OpenAttempt): void => {
    if (!attempt.isAwaited) return;
    attempt.isAwaited = false;
    awaited -= 1;
    if (awaited === 0) release();
  };
  if (awaited === 0) release();
  return {
    attempts,
    released,
    isAnswered: false,
    end(attempt, record) {
      attempt.record = record;
      open -= 1;
      stopWaiting(attempt);
    },
    letGo(hookId) {
      if (awaited === 0) return;
      for (const attempt of attempts) {
        if (hookId === undefined || attempt.delivery.hook.id === hookId) stopWaiting(attempt);
      }
    },
    isOver: () => open === 0,
    answer() {
      this.isAnswered = true;
      return attempts.map(
        ({ delivery, leaseMs, record }) => record ?? makeWaitingRecord(delivery, 'in_flight', leaseMs),
      );
    },
  };
}
