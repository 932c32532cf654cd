import {
  EVENT_LIMITS,
  type EventFault,
  INBOUND_LIMITS,
  isJsonObject,
  type ReadEvent,
  stringifyExact,
  type ValidEvent,
  validateEvents,
} from '@eventhooks/contract';
import { addInboundNames } from '@eventhooks/database';
import { findPresetEvent } from '@eventhooks/inbound';
import type { AdminContext } from '../context.ts';
import { type ApiError, apiError } from '../http/api-error.ts';
import { findSchemaFaults } from '../intake/check-schemas.ts';
import type { ActiveEndpoint } from './endpoint-index.ts';

/**
 * Checks mapped events as published ones are checked, and adds their names to the catalogue.
 *
 * @throws {ApiError} 413 for an event that is too large, 422 for any other fault, and when the endpoint has added too
 * many names.
 */
export async function acceptEvents(
  context: AdminContext,
  { endpoint }: ActiveEndpoint,
  events: readonly ReadEvent[],
): Promise<ValidEvent[]> {
  const { workspace } = endpoint;
  const result = validateEvents(events, { catalogue: context.catalogue.viewOf(workspace), isOpen: true });
  if (!result.ok) throw events.some(isTooLarge) ? apiError('too_large') : refuse(result.faults);
  const schemaFaults = await findSchemaFaults(context.schemaChecker, workspace, result.events);
  if (schemaFaults.length > 0) throw refuse(schemaFaults);
  await addMissingNames(context, endpoint, result.events);
  return result.events;
}

function isTooLarge({ fields, exactData }: ReadEvent): boolean {
  const data = exactData ?? (isJsonObject(fields) ? fields.data : null);
  return Buffer.byteLength(stringifyExact(data)) > EVENT_LIMITS.eventBytes;
}

/** The most faults reported. */
const maxTold = 5;

function refuse(faults: readonly EventFault[]): ApiError {
  const told = faults.slice(0, maxTold).map(({ index, field, message }) => `event ${index + 1}: ${field}: ${message}`);
  return apiError('unmappable', told.join('; '));
}

async function addMissingNames(
  { database, catalogue }: AdminContext,
  { id, workspace, preset }: ActiveEndpoint['endpoint'],
  events: readonly ValidEvent[],
): Promise<void> {
  const unknown = events.filter(({ entry }) => entry === null);
  if (unknown.length === 0) return;
  const names = new Map(
    unknown.map(({ source, event }) => {
      const known = preset === null ? null : findPresetEvent(preset, event);
      const entry = { source, event, description: known?.description ?? null, unique: known?.unique ?? null };
      return [JSON.stringify([source, event]), entry];
    }),
  );
  const areAdded = await database.kysely
    .transaction()
    .execute((transaction) =>
      addInboundNames(transaction, { id, workspace }, [...names.values()], INBOUND_LIMITS.names),
    );
  if (!areAdded) {
    throw apiError('unmappable', `The endpoint would add more than ${INBOUND_LIMITS.names} sources and events`);
  }
  await catalogue.refresh();
}
