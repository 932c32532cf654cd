import type { EventName } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';

/** One event for one hook: the unit of work of dispatch and backlog. */
export interface Delivery {
  id: string;
  eventId: string;
  workspace: string;
  /** JSON text of the event's data. */
  data: string;
  /** The span under which its attempts are traced, or null for an event without a trace. */
  traceparent: string | null;
  hook: StoredHook;
  /** The source and event under which the hook matched. The receiver is told these. */
  name: EventName;
  /** Attempts made before. */
  attemptCount: number;
  /** Steps of the retry schedule used up before. A retry by hand begins the schedule anew. */
  scheduleStep: number;
  /**
   * How many deliveries of this hook were suppressed since it last fired, or null for a hook without snooze and
   * on_change.
   */
  suppressedSince: number | null;
  /**
   * Set for a batch: the deliveries that go together by one request, in the order of their events. A batch passes
   * through admission and attempts as one delivery, whose `id` is the batch's, and is told apart where it is sent and
   * recorded.
   */
  members?: readonly Delivery[];
  /** Null for a hook without order. */
  order: DeliveryOrder | null;
}

/** The lane of a delivery. */
export interface DeliveryOrder {
  laneKey: string;
  /** The place of its event in the order of acceptance. */
  position: string;
}
