import { describeEventFaults, isJsonObject } from '@eventhooks/contract';
import { type CloudEventV1, HTTP, ValidationError } from 'cloudevents';
import type { Request } from 'express';
import { ApiError, apiError } from '../http/api-error.ts';
import { parseJson } from '../http/read-body.ts';

/** CloudEvents 1.0 over HTTP: structured and batched by content type, binary by its `ce-` headers. */
export function isCloudEvents(request: Request): boolean {
  const type = request.headers['content-type'] ?? '';
  return /^application\/cloudevents(-batch)?\+json\b/i.test(type) || request.headers['ce-specversion'] !== undefined;
}

/**
 * Reads CloudEvents as our events: `source` and `type` as source and event, `id` as the publisher's id. Extension
 * attributes are left behind.
 */
export function parseCloudEvents(request: Request, bytes: Buffer): { value: unknown; isList: boolean } {
  const isStructured = request.headers['ce-specversion'] === undefined;
  requireIds(isStructured ? [parseJson(bytes)].flat() : [{ id: request.headers['ce-id'] }]);
  try {
    const parsed = HTTP.toEvent({ headers: request.headers, body: bytes.toString('utf8') });
    return Array.isArray(parsed)
      ? { value: parsed.map(toPublished), isList: true }
      : { value: toPublished(parsed), isList: false };
  } catch (error) {
    if (error instanceof SyntaxError) throw apiError('malformed_json');
    if (error instanceof ValidationError) {
      const details = (error.errors ?? []).map((fault) => (typeof fault === 'string' ? fault : fault.message));
      throw new ApiError(400, {
        message: `Not a valid CloudEvent: ${[error.message, ...details].join('; ')}`.slice(0, 1024),
      });
    }
    throw error;
  }
}

/** The SDK would make an id up, which is no event of the publisher's; CloudEvents 1.0, section 3.1, requires one. */
function requireIds(events: readonly unknown[]): void {
  const without = events.flatMap((event, index) => (isJsonObject(event) && isId(event.id) ? [] : [index]));
  if (without.length === 0) return;
  const faults = without.map((index) => ({ index, field: 'id', message: 'required field missing' }));
  throw new ApiError(400, describeEventFaults(faults));
}

function isId(id: unknown): boolean {
  return typeof id === 'string' && id !== '';
}

function toPublished({ source, type, id, data }: CloudEventV1<unknown>) {
  return { source, event: type, id, data };
}
