import type { Request } from 'express';
import type { Actor } from '../auth/actor.ts';
import type { AdminContext } from '../context.ts';
import { apiError } from './api-error.ts';
import type { RequestBody } from './read-body.ts';

/** A request that was let in. */
export interface Call {
  context: AdminContext;
  actor: Actor;
  /** Where it acts: the path's first segment, or `default`. */
  workspace: string;
  /**
   * What lists of the whole installation (tokens, audit) are narrowed to: the path's workspace, or else the token's; null
   * is everything.
   */
  scope: string | null;
  requestId: string;
  address: string;
  request: Request;
  body: RequestBody;
}

/** A path parameter. */
export function paramOf(call: Call, name: string): string {
  const value = call.request.params[name];
  if (typeof value !== 'string') throw new Error(`the route has no parameter ${name}`);
  return value;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The path's `{id}` in lower case. @throws {ApiError} 404 when it is no UUID: nothing has such an id. */
export function idOf(call: Call): string {
  const id = paramOf(call, 'id');
  if (!UUID.test(id)) throw apiError('not_found');
  return id.toLowerCase();
}
