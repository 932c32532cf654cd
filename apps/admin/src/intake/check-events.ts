import {
  describeEventFaults,
  type EventFault,
  type ReadEvent,
  type ValidEvent,
  validateEvents,
} from '@eventhooks/contract';
import { ApiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { findSchemaFaults } from './check-schemas.ts';
import type { Publication } from './publication.ts';
import { readPublication } from './read-publication.ts';

export interface CheckedEvents {
  /** Empty only where the form of the request allows that. */
  events: ValidEvent[];
  /** Whether the request was a list, so that its answer is one, too. */
  isList: boolean;
}

/**
 * The events of a request, checked against the catalogue.
 *
 * @param takeQuota is asked before users' schemas are run, which may cost much. It throws to refuse the events.
 * @throws {ApiError} 400 with all faults of all events, those of schemas included.
 */
export async function readCheckedEvents(
  call: Call,
  takeQuota?: (events: number) => Promise<void>,
): Promise<CheckedEvents> {
  const { events: read, isList, ...publication } = readPublication(call.request, bytesOf(call));
  if (read.length === 0 && publication.mayBeEmpty) return { events: [], isList };
  return { events: await checkEvents(call, read, publication, takeQuota), isList };
}

function bytesOf({ body }: Call): Buffer {
  return body.kind === 'raw' ? body.bytes : Buffer.alloc(0);
}

async function checkEvents(
  { context, workspace }: Call,
  read: readonly ReadEvent[],
  { faults: unreadable, eventField }: Pick<Publication, 'faults' | 'eventField'>,
  takeQuota: ((events: number) => Promise<void>) | undefined,
): Promise<ValidEvent[]> {
  const { catalogue, schemaChecker } = context;
  const isOpen = catalogue.isOpen(workspace);
  const result = validateEvents(read, { catalogue: catalogue.viewOf(workspace), isOpen });
  if (result.ok) await takeQuota?.(result.events.length);
  const schemaFaults = await findSchemaFaults(schemaChecker, workspace, result.events);
  if (result.ok && schemaFaults.length === 0) return result.events;
  const invalid = result.ok ? schemaFaults : [...result.faults, ...schemaFaults];
  throw refused(
    unreadable,
    invalid.map((fault) => renameField(fault, eventField)),
  );
}

function renameField(fault: EventFault, eventField: 'type' | undefined): EventFault {
  return eventField !== undefined && fault.field === 'event' ? { ...fault, field: eventField } : fault;
}

/** All faults in the order of the events. An event that could not be read has only that fault. */
function refused(unreadable: readonly EventFault[], invalid: readonly EventFault[]): ApiError {
  const unread = new Set(unreadable.map(({ index }) => index));
  const faults = [...unreadable, ...invalid.filter(({ index }) => !unread.has(index))];
  return new ApiError(400, describeEventFaults(faults.sort((a, b) => a.index - b.index)));
}
