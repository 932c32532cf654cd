import {
  deliveryStatuses,
  findDelivery,
  firstIdAt,
  listDeliveries,
  retryDelivery,
  type StoredAttempt,
  type StoredDelivery,
  timeOfId,
} from '@eventhooks/database';
import { type Request, type Response, Router } from 'express';
import type { AdminContext } from '../context.ts';
import { ApiError, methodNotAllowed } from '../http/errors.ts';
import { listBody, readId, readPage } from '../http/paging.ts';
import { readTime } from '../http/time.ts';
import { workspaceOf } from '../http/workspace.ts';

/** `GET /deliveries` with its filters, `GET /deliveries/{id}` with its attempts, `POST /deliveries/{id}/retry`. */
export function deliveryRoutes(context: AdminContext): Router {
  const router = Router();
  router
    .route('/')
    .get((req, res) => list(context, req, res))
    .all(methodNotAllowed);
  router
    .route('/:id')
    .get((req, res) => read(context, req, res))
    .all(methodNotAllowed);
  router
    .route('/:id/retry')
    .post((req, res) => retry(context, req, res))
    .all(methodNotAllowed);
  return router;
}

async function list(context: AdminContext, request: Request, response: Response): Promise<void> {
  const page = readPage(request);
  const { hook, status, source, event, event_id, error_code } = request.query;
  if (status !== undefined && !deliveryStatuses.some((known) => known === status)) {
    throw new ApiError('bad_request', `status: expected one of: ${deliveryStatuses.join(', ')}`);
  }
  const until = readTime(request, 'until');
  const since = readTime(request, 'since');
  const rows = await listDeliveries(
    context.database.pool,
    {
      workspace: workspaceOf(request),
      ...(hook !== undefined && { hook: readFilterId('hook', hook) }),
      ...(typeof status === 'string' && { status }),
      ...(typeof source === 'string' && { source }),
      ...(typeof event === 'string' && { event }),
      ...(event_id !== undefined && { eventId: readFilterId('event_id', event_id) }),
      ...(typeof error_code === 'string' && { errorCode: error_code }),
      ...(since !== null && { from: firstIdAt(since) }),
      ...(until !== null && { before: firstIdAt(until) }),
      ...(page.after !== null && { before: page.after }),
    },
    page.size + 1,
  );
  response.json(listBody(request, rows, page.size, (row) => row.id, printDelivery));
}

async function read(context: AdminContext, request: Request, response: Response): Promise<void> {
  const delivery = await findDelivery(context.database.pool, workspaceOf(request), readId(request.params.id));
  if (!delivery) throw new ApiError('not_found');
  response.json({ ...printDelivery(delivery), attempts: delivery.attempts.map(printAttempt) });
}

/** Due at once, with a fresh retry schedule; whoever reads the delivery sees it wait. */
async function retry(context: AdminContext, request: Request, response: Response): Promise<void> {
  const id = readId(request.params.id);
  const workspace = workspaceOf(request);
  if (!(await retryDelivery(context.database.pool, workspace, id))) throw new ApiError('not_found');
  const delivery = await findDelivery(context.database.pool, workspace, id);
  if (!delivery) throw new ApiError('not_found');
  response.status(202).json(printDelivery(delivery));
}

function readFilterId(name: string, value: unknown): string {
  try {
    return readId(typeof value === 'string' ? value : undefined);
  } catch {
    throw new ApiError('bad_request', `${name}: expected a UUID`);
  }
}

function printDelivery(delivery: StoredDelivery) {
  return {
    id: delivery.id,
    event_id: delivery.event_id,
    hook_id: delivery.hook_id,
    source: delivery.source,
    event: delivery.event,
    status: delivery.status,
    reason: delivery.reason,
    error_code: delivery.error_code,
    response_status: delivery.response_status,
    attempt_count: delivery.attempt_count,
    suppressed_count: delivery.suppressed_count,
    suppressed_until: delivery.suppressed_until,
    next_attempt_at: delivery.next_attempt_at,
    created_at: new Date(timeOfId(delivery.id)).toISOString(),
    updated_at: delivery.updated_at,
  };
}

function printAttempt(attempt: StoredAttempt) {
  return {
    ...attempt,
    request: attempt.request === null ? null : JSON.parse(attempt.request),
    response: attempt.response === null ? null : JSON.parse(attempt.response),
  };
}
