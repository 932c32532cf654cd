import {
  describeEventFaults,
  EVENT_LIMITS,
  type EventFault,
  eventsInputSchema,
  receiptsSchema,
  type ValidEvent,
  validateEvents,
} from '@eventhooks/contract';
import { type NewEvent, newId } from '@eventhooks/database';
import { formatTraceparent, parseTraceparent } from '@eventhooks/operations';
import { ApiError, apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { parseJson } from '../http/read-body.ts';
import type { Route } from '../http/route.ts';
import { isCloudEvents, parseCloudEvents } from './cloud-events.ts';

export const publishEventsRoute: Route = {
  method: 'post',
  path: '/events',
  operation: 'publishEvents',
  document: {
    summary: 'Publish events',
    description:
      'One event, an array of up to 1,000, NDJSON (`application/x-ndjson`), or CloudEvents 1.0 (structured, batched, binary). All are accepted or none. Once answered, they are committed.',
    tag: 'Events',
    request: {
      schema: eventsInputSchema,
      examples: {
        one: { source: 'crud', event: 'consumers', data: { operation: 'create', entity: { username: 'Ada' } } },
      },
    },
    responses: {
      202: { description: 'Committed.', schema: receiptsSchema },
      200: { description: 'All of them were published before.', schema: receiptsSchema },
    },
    errors: [400, 413, 415],
  },
  rawBodyBytes: EVENT_LIMITS.requestBytes,
  async handle(call) {
    const { value, isList, faults: unreadable = [] } = parseEvents(call);
    const result = validateEvents(value, call.context.catalogue.viewOf(call.workspace));
    if (!result.ok) throw refused(unreadable, result.faults);
    const receipts = await submitTraced(result.events, call);
    const printed = receipts.map(({ id, duplicate }) => (duplicate ? { id, duplicate } : { id }));
    const status = receipts.every(({ duplicate }) => duplicate) ? 200 : 202;
    return { status, body: isList ? { data: printed } : printed[0] };
  },
};

/** Commits the events in a span of the request's trace, which their dispatch goes on from. */
async function submitTraced(events: readonly ValidEvent[], { context, request, workspace }: Call) {
  const given = parseTraceparent(request.get('traceparent') ?? '');
  const span = context.tracing.startSpan('publish', {
    kind: 'server',
    parent: given && formatTraceparent(given),
    attributes: { 'eventhooks.workspace': workspace, 'eventhooks.events': events.length },
  });
  try {
    const receipts = await context.intake.submit(
      events.map((event) => ({ ...toNewEvent(event, workspace), traceparent: span.traceparent })),
    );
    span.end();
    return receipts;
  } catch (error) {
    span.end({ error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function toNewEvent(event: ValidEvent, workspace: string): NewEvent {
  return { id: newId(), workspace, source: event.source, event: event.event, data: event.json, publisherId: event.id };
}

interface ParsedEvents {
  value: unknown;
  /** Whether the answer is a list, too. */
  isList: boolean;
  /** Events that could not be read; in `value` they are null. */
  faults?: EventFault[];
}

function parseEvents({ request, body }: Call): ParsedEvents {
  const bytes = body.kind === 'raw' ? body.bytes : Buffer.alloc(0);
  if (isCloudEvents(request)) return parseCloudEvents(request, bytes);
  if (request.is(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])) {
    return { ...parseLines(bytes), isList: true };
  }
  if (!request.is('application/json')) {
    throw apiError('unsupported_media_type', 'Expected application/json, application/x-ndjson or CloudEvents');
  }
  const value = parseJson(bytes);
  return { value, isList: Array.isArray(value) };
}

/** One event a line; blank lines are skipped. Every line that is no JSON is told, by its place among the events. */
function parseLines(bytes: Buffer): { value: unknown[]; faults: EventFault[] } {
  const lines = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const faults: EventFault[] = [];
  const value = lines.slice(0, EVENT_LIMITS.events + 1).map((line, index): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      faults.push({ index, field: '', message: 'not JSON' });
      return null;
    }
  });
  return { value, faults };
}

/** All faults in the order of the events; of one that could not be read, only that. */
function refused(unreadable: readonly EventFault[], invalid: readonly EventFault[]): ApiError {
  const unread = new Set(unreadable.map(({ index }) => index));
  const faults = [...unreadable, ...invalid.filter(({ index }) => !unread.has(index))];
  return new ApiError(400, describeEventFaults(faults.sort((a, b) => a.index - b.index)));
}
