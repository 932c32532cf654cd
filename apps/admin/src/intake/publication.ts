import type { EventFault, ReadEvent } from '@eventhooks/contract';

/** A request's events as they were sent, not yet checked against the catalogue. */
export interface Publication {
  events: ReadEvent[];
  /** Whether the answer is a list, too. */
  isList: boolean;
  /** The faults of events that could not be read; their fields are null in `events`. */
  faults: EventFault[];
  /** CloudEvents call the event `type`; their faults then do, too. */
  eventField?: 'type';
  /** JSON Batch Format, section 4: a batch may have no events. */
  mayBeEmpty?: boolean;
}
