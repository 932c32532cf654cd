import {
  buildViolation,
  describeUniqueViolation,
  type Fault,
  type Hook,
  type HookBodyMode,
  printHook,
  validateHook,
} from '@eventhooks/contract';
import { deleteHook, findHook, insertHook, listHooks, newId, updateHook } from '@eventhooks/database';
import { checkUrl } from '@eventhooks/delivery';
import express, { type Request, type Response, Router } from 'express';
import type { AdminContext } from '../context.ts';
import { ApiError, methodNotAllowed } from '../http/errors.ts';
import { listBody, readId, readPage } from '../http/paging.ts';
import { workspaceOf } from '../http/workspace.ts';

/** Handlers whose hooks can be created: those that the workers have. */
const servedHandlers: ReadonlySet<string> = new Set(['webhook', 'log']);

/** `GET|POST /event-hooks`, `GET|PUT|PATCH|DELETE /event-hooks/{id}`, as Kong's. */
export function hookRoutes(context: AdminContext): Router {
  const router = Router();
  router.use(express.json({ limit: '1mb', type: '*/*', strict: false }));
  router
    .route('/')
    .get((req, res) => list(context, req, res))
    .post((req, res) => create(context, req, res))
    .all(methodNotAllowed);
  router
    .route('/:id')
    .get((req, res) => read(context, req, res))
    .put((req, res) => replace(context, req, res))
    .patch((req, res) => patch(context, req, res))
    .delete((req, res) => remove(context, req, res))
    .all(methodNotAllowed);
  return router;
}

async function list(context: AdminContext, request: Request, response: Response): Promise<void> {
  const page = readPage(request);
  const hooks = await listHooks(context.database.kysely, { workspace: workspaceOf(request), ...page, tags: null });
  response.json(listBody(request, hooks, page.size, (hook) => hook.id, printHook));
}

async function create(context: AdminContext, request: Request, response: Response): Promise<void> {
  const hook = readHook(context, request, 'create');
  if (!(await insertHook(context.database.kysely, hook))) throw taken(hook.id);
  response.status(201).json(printHook(hook));
}

async function read(context: AdminContext, request: Request, response: Response): Promise<void> {
  response.json(printHook(await mustFind(context, request)));
}

async function replace(context: AdminContext, request: Request, response: Response): Promise<void> {
  const id = readId(request.params.id);
  const existing = await findHook(context.database.kysely, workspaceOf(request), id);
  const hook = readHook(context, request, 'replace', id, existing ?? undefined);
  if (existing) await updateHook(context.database.kysely, existing, hook);
  else if (!(await insertHook(context.database.kysely, hook))) throw taken(id);
  response.json(printHook(hook));
}

async function patch(context: AdminContext, request: Request, response: Response): Promise<void> {
  const existing = await mustFind(context, request);
  const hook = readHook(context, request, 'patch', existing.id, existing);
  await updateHook(context.database.kysely, existing, hook);
  response.json(printHook(hook));
}

async function remove(context: AdminContext, request: Request, response: Response): Promise<void> {
  await deleteHook(context.database.kysely, workspaceOf(request), readId(request.params.id));
  response.status(204).end();
}

async function mustFind(context: AdminContext, request: Request): Promise<Hook> {
  const hook = await findHook(context.database.kysely, workspaceOf(request), readId(request.params.id));
  if (!hook) throw new ApiError('not_found');
  return hook;
}

/** The request's body as a hook, every fault told at once. */
function readHook(context: AdminContext, request: Request, mode: HookBodyMode, id?: string, existing?: Hook): Hook {
  const workspace = workspaceOf(request);
  const catalogue = context.catalogue.viewOf(workspace);
  if (!catalogue) throw new ApiError('workspace_not_found');
  const result = validateHook(request.body, {
    mode,
    workspace,
    newId: newId(),
    now: Math.floor(Date.now() / 1000),
    catalogue,
    sslVerifyDefault: context.config.sslVerifyDefault,
    ...(id !== undefined && { id }),
    ...(existing !== undefined && { existing }),
  });
  if (!result.ok) throw violation(result.faults);
  const faults = findServingFaults(result.hook, context);
  if (faults.length > 0) throw violation(faults);
  return result.hook;
}

/** What the hook asks for and this installation does not do. */
function findServingFaults(hook: Hook, context: AdminContext): Fault[] {
  if (!servedHandlers.has(hook.handler)) {
    return [
      {
        path: ['handler'],
        message: `the handler '${hook.handler}' is not served yet; expected one of: ${[...servedHandlers].join(', ')}`,
      },
    ];
  }
  if (!('url' in hook.config)) return [];
  const checked = checkUrl(hook.config.url, context.config.egress);
  return checked.ok ? [] : [{ path: ['config', 'url'], message: checked.message }];
}

function violation(faults: readonly Fault[]): ApiError {
  return Object.assign(new ApiError('bad_request'), { body: buildViolation(faults) });
}

function taken(id: string): ApiError {
  return Object.assign(new ApiError('in_use'), { body: describeUniqueViolation('id', id) });
}
