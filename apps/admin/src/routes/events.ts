import {
  describeEventFaults,
  EVENT_LIMITS,
  type EventFault,
  type ValidEvent,
  validateEvents,
} from '@eventhooks/contract';
import {
  findEvent,
  firstIdAt,
  listEvents,
  type NewEvent,
  newId,
  type StoredEvent,
  timeOfId,
} from '@eventhooks/database';
import express, { type Request, type Response, Router } from 'express';
import type { AdminContext } from '../context.ts';
import { ApiError, methodNotAllowed } from '../http/errors.ts';
import { listBody, readId, readPage } from '../http/paging.ts';
import { readTime } from '../http/time.ts';
import { workspaceOf } from '../http/workspace.ts';

/** `POST /events` (contract section 3), `GET /events`, `GET /events/{id}`. */
export function eventRoutes(context: AdminContext): Router {
  const router = Router();
  const body = express.raw({ limit: EVENT_LIMITS.requestBytes, type: () => true });
  router
    .route('/')
    .get((req, res) => list(context, req, res))
    .post(body, (req, res) => publish(context, req, res))
    .all(methodNotAllowed);
  router
    .route('/:id')
    .get((req, res) => read(context, req, res))
    .all(methodNotAllowed);
  return router;
}

/** Answers 202 once the events are committed; 200 when every one of them was known already. */
async function publish(context: AdminContext, request: Request, response: Response): Promise<void> {
  const workspace = workspaceOf(request);
  const catalogue = context.catalogue.viewOf(workspace);
  if (!catalogue) throw new ApiError('workspace_not_found');
  const parsed = parseBody(request);
  const result = validateEvents(parsed.value, catalogue);
  if (!result.ok) throw refused(result.faults);
  const receipts = await context.intake.submit(result.events.map((event) => toNewEvent(event, workspace)));
  const printed = receipts.map(({ id, duplicate }) => (duplicate ? { id, duplicate } : { id }));
  response.status(receipts.every((receipt) => receipt.duplicate) ? 200 : 202);
  response.json(parsed.isList ? { data: printed } : printed[0]);
}

function toNewEvent(event: ValidEvent, workspace: string): NewEvent {
  return { id: newId(), workspace, source: event.source, event: event.event, data: event.json, publisherId: event.id };
}

interface ParsedBody {
  value: unknown;
  /** Whether the answer is a list, too. */
  isList: boolean;
}

function parseBody(request: Request): ParsedBody {
  const text = request.body instanceof Buffer ? request.body.toString('utf8') : '';
  if (request.is(['application/x-ndjson', 'application/ndjson', 'application/jsonlines'])) {
    return { value: parseLines(text), isList: true };
  }
  if (!request.is(['application/json', '+json'])) {
    throw new ApiError('unsupported_media_type', 'Expected application/json or application/x-ndjson');
  }
  try {
    const value: unknown = JSON.parse(text);
    return { value, isList: Array.isArray(value) };
  } catch (error) {
    throw new ApiError('malformed_json', `Cannot parse JSON body: ${error instanceof Error ? error.message : error}`);
  }
}

/** One event a line; blank lines are skipped. Every line that is no JSON is told. */
function parseLines(text: string): unknown[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const faults: EventFault[] = [];
  const values = lines.slice(0, EVENT_LIMITS.events + 1).map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      faults.push({ index, field: '', message: `not JSON: ${error instanceof Error ? error.message : error}` });
      return null;
    }
  });
  if (faults.length > 0) throw refused(faults);
  return values;
}

function refused(faults: readonly EventFault[]): ApiError {
  return Object.assign(new ApiError('bad_request'), { body: describeEventFaults(faults) });
}

async function list(context: AdminContext, request: Request, response: Response): Promise<void> {
  const page = readPage(request);
  const { source, event } = request.query;
  const until = readTime(request, 'until');
  const since = readTime(request, 'since');
  const rows = await listEvents(
    context.database.pool,
    {
      workspace: workspaceOf(request),
      ...(typeof source === 'string' && { source }),
      ...(typeof event === 'string' && { event }),
      ...(since !== null && { from: firstIdAt(since) }),
      ...(until !== null && { before: firstIdAt(until) }),
      ...(page.after !== null && { before: page.after }),
    },
    page.size + 1,
  );
  response.json(listBody(request, rows, page.size, (row) => row.id, printEvent));
}

async function read(context: AdminContext, request: Request, response: Response): Promise<void> {
  const event = await findEvent(context.database.pool, workspaceOf(request), readId(request.params.id));
  if (!event) throw new ApiError('not_found');
  response.json(printEvent(event));
}

function printEvent({ id, source, event, data, publisher_id }: StoredEvent) {
  return { id, source, event, data: JSON.parse(data), publisher_id, created_at: new Date(timeOfId(id)).toISOString() };
}
