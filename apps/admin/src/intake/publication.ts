import type { EventFault, ReadEvent } from '@eventhooks/contract';

/** A request's events as they were sent, not yet checked against the catalogue. */
export interface Publication {
  events: ReadEvent[];
  /** Whether the answer is a list, too. */
  isList: boolean;
  /** Of events that could not be read, whose fields are null in `events`. */
  faults: EventFault[];
  /** CloudEvents call the event `type`, and so do the faults then. */
  eventField?: 'type';
  /** JSON Batch Format, section 4: a batch may have no events. */
  mayBeEmpty?: boolean;
}
