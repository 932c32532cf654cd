import {
  type CatalogueEntry,
  type EventFault,
  locateFaults,
  stringifyExact,
  type ValidEvent,
} from '@eventhooks/contract';
import { apiError } from '../http/api-error.ts';
import type { SchemaChecker } from './schema-checker.ts';

/** Printed once: an entry lives as long as the catalogue stays as it is. */
const texts = new WeakMap<CatalogueEntry, string>();

/**
 * The faults of events whose data do not meet the schema of their entry, or cannot be checked in time.
 *
 * @param events with null in place of those that have faults already.
 * @throws {ApiError} 429 when the workspace's schemas took too much time lately.
 */
export async function findSchemaFaults(
  checker: SchemaChecker,
  workspace: string,
  events: readonly (ValidEvent | null)[],
): Promise<EventFault[]> {
  const bySchema = new Map<CatalogueEntry, { index: number; json: string }[]>();
  for (const [index, event] of events.entries()) {
    if (!event?.entry?.schema) continue;
    const documents = bySchema.get(event.entry) ?? [];
    bySchema.set(event.entry, documents);
    documents.push({ index, json: event.json });
  }
  const faults: EventFault[] = [];
  for (const [entry, documents] of bySchema) {
    const json = documents.map((document) => document.json);
    const checked = await checker.check(workspace, schemaTextOf(entry), json);
    if (!checked.ok) throw apiError('over_budget', checked.message, { 'Retry-After': '10' });
    for (const [at, found] of checked.value.entries()) {
      const nested = found.map(({ path, message }) => ({ path: ['data', ...path], message }));
      faults.push(...locateFaults(documents[at]?.index ?? 0, nested));
    }
  }
  return faults;
}

function schemaTextOf(entry: CatalogueEntry): string {
  const text = texts.get(entry) ?? stringifyExact(entry.schema);
  texts.set(entry, text);
  return text;
}
