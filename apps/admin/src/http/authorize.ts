import type { Request } from 'express';
import type { Actor } from '../auth/actor.ts';
import type { AdminContext } from '../context.ts';
import { apiError } from './api-error.ts';
import type { Call } from './call.ts';
import { isLocalCaller } from './local-caller.ts';
import { workspaceOf } from './path.ts';
import { OPERATION_ROLES, type Operation } from './roles.ts';

const defaultWorkspace = 'default';

/** The parts of a call that its token and its path decide. */
export type AuthorizedCall = Omit<Call, 'params' | 'query' | 'body' | 'input'>;

/** The parts of a route that say who may call it. */
interface Guarded {
  operation: Operation;
  isForInstallation?: boolean;
}

/**
 * Authorizes a request, or throws the first reason against it, in this order: 401 or 429 for its token, 403 for its role, 403 for a workspace that
 * the token does not open (whether or not it exists), 404 for one that does not exist, 403 where a token has to open all workspaces.
 */
export async function authorize(
  context: AdminContext,
  request: Request,
  { operation, isForInstallation = false }: Guarded,
): Promise<AuthorizedCall> {
  const actor = await identifyCaller(context, request);
  if (!OPERATION_ROLES[operation].some((role) => role === actor.role)) {
    throw apiError('forbidden', `The role '${actor.role}' does not permit this`);
  }
  const prefix = workspaceOf(request);
  const workspace = prefix ?? defaultWorkspace;
  requireWorkspace(context, actor, workspace);
  if (isForInstallation && actor.workspace !== null) throw apiError('forbidden', 'The token opens one workspace only');
  return {
    context,
    actor,
    workspace,
    scope: prefix ?? actor.workspace,
    requestId: String(request.res?.locals.requestId ?? ''),
    address: request.ip ?? '',
    request,
  };
}

function requireWorkspace(context: AdminContext, actor: Actor, workspace: string): void {
  if (actor.workspace !== null && actor.workspace !== workspace) {
    throw apiError('forbidden', 'The token does not open this workspace');
  }
  if (!context.catalogue.hasWorkspace(workspace)) throw apiError('workspace_not_found');
}

/** @throws {ApiError} 401 or 429 for the token; 403 where no token is needed and the caller is not on this machine. */
export async function identifyCaller(context: AdminContext, request: Request): Promise<Actor> {
  const actor = await context.authenticator.authenticate(request);
  if (actor.name === 'anonymous' && !isLocalCaller(request, context.config.corsOrigins)) {
    throw apiError(
      'forbidden',
      'Without EVENTHOOKS_ADMIN_TOKEN, only requests from this machine that no foreign page made are answered',
    );
  }
  return actor;
}
