import type { EventFault } from './event.ts';
import { buildViolation, type SchemaViolation } from './violations.ts';

/** Every error the Admin API answers with: its status and message. Bodies are `{ "message": … }`, as Kong's. */
export const API_ERRORS = {
  malformed_json: { status: 400, message: 'Cannot parse JSON body' },
  malformed_form: { status: 400, message: 'Cannot parse form body' },
  bad_request: { status: 400, message: 'Bad request' },
  ping_unsupported: { status: 400, message: 'The handler does not support ping' },
  unauthorized: { status: 401, message: 'Invalid credentials. A valid token is required' },
  forbidden: { status: 403, message: 'You do not have permission to do this' },
  not_found: { status: 404, message: 'Not found' },
  workspace_not_found: { status: 404, message: 'Workspace not found' },
  method_not_allowed: { status: 405, message: 'Method not allowed' },
  not_acceptable: { status: 406, message: 'Ask with Accept: text/event-stream' },
  upload_timeout: { status: 408, message: 'The request body did not come in time' },
  in_use: { status: 409, message: 'Still in use' },
  secrets_unreadable: {
    status: 409,
    message: 'No key of EVENTHOOKS_SECRET_KEYS opens the stored secrets; set the key, or replace the hook by PUT',
  },
  too_large: { status: 413, message: 'Request body too large' },
  unsupported_media_type: { status: 415, message: 'Unsupported media type' },
  too_many_failures: { status: 429, message: 'Too many failed attempts to authenticate' },
  inbound_unverified: { status: 401, message: 'The request could not be verified' },
  unmappable: { status: 422, message: 'The request gives no event' },
  too_many_streams: { status: 429, message: 'Too many streams are open' },
  rate_limited: { status: 429, message: 'The rate limit is reached' },
  over_budget: { status: 429, message: 'Too much work was asked for lately' },
  internal: { status: 500, message: 'An unexpected error occurred' },
  probe_failed: { status: 502, message: 'The request could not be sent' },
  unavailable: { status: 503, message: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ApiErrorKind = keyof typeof API_ERRORS;

/** Kong's body for an `offset` that no page gave out. */
export function describeInvalidOffset(offset: string): { code: 7; name: string; message: string } {
  const shown = offset.slice(0, 64).toWellFormed();
  return { code: 7, name: 'invalid offset', message: `'${shown}' is not a valid offset: bad base64 encoding` };
}

/** Kong's body for a `size` out of bounds. */
export function describeInvalidSize(max: number): { code: 9; name: string; message: string } {
  return { code: 9, name: 'invalid size', message: `size must be an integer between 1 and ${max}` };
}

/** Kong's 409 body: another entity has this value. */
export function describeUniqueViolation(field: string, value: string) {
  return {
    code: 5,
    name: 'unique constraint violation',
    message: `UNIQUE violation detected on '{${field}="${value}"}'`,
    fields: { [field]: value },
  } as const;
}

/** A refused publication: a schema violation, each fault under its event's index (from 0). */
export function describeEventFaults(
  faults: readonly EventFault[],
): SchemaViolation & { faults: readonly EventFault[] } {
  const violation = buildViolation(
    faults.map(({ index, field, message }) => ({ path: [String(index), ...(field === '' ? [] : [field])], message })),
  );
  return { ...violation, faults };
}
