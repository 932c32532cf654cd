import type { Request } from 'express';
import type { Actor } from '../auth/actor.ts';
import type { AdminContext } from '../context.ts';
import type { RequestBody } from './read-body.ts';

/** A request that was let in, its path and query read. */
export interface Call<Query = unknown, Params = unknown> {
  context: AdminContext;
  actor: Actor;
  /** The workspace that it acts in: the path's first segment, or `default`. */
  workspace: string;
  /**
   * The workspace to which lists of the whole installation (tokens, audit) are narrowed: the path's, or else the token's; null
   * for everything.
   */
  scope: string | null;
  requestId: string;
  address: string;
  request: Request;
  params: Params;
  query: Query;
  body: RequestBody;
}
