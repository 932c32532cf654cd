import type { Api } from '../api.ts';
import { findHook } from '../hooks/find-hook.ts';
import type { SearchOptions } from '../search.ts';

/** The options that every command on deliveries takes. */
export interface DeliveryFilter extends SearchOptions {
  hook?: string;
  status?: string;
  source?: string;
  event?: string;
  eventId?: string;
  errorCode?: string;
  since?: string;
  until?: string;
}

/** The filter as a query of the API, with the hook's id in place of its name. */
export async function queryOf(
  api: Api,
  { hook, eventId, errorCode, search, where, status, source, event, since, until }: DeliveryFilter,
) {
  const id = hook === undefined ? undefined : (await findHook(api, hook)).id;
  const searched = { q: search, data: where };
  return { hook: id, status, source, event, event_id: eventId, error_code: errorCode, since, until, ...searched };
}

/** Whether anything is filtered. */
export function isFiltered(filter: DeliveryFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}
