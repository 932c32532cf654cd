import type { Request } from 'express';
import type { Actor } from '../auth/actor.ts';
import type { AdminContext } from '../context.ts';
import type { RequestBody } from './read-body.ts';

/** An authorized request with its path, query and body read. */
export interface Call<Query = unknown, Params = unknown, Input = unknown> {
  context: AdminContext;
  actor: Actor;
  /** The workspace in which it acts: the path's first segment, or `default`. */
  workspace: string;
  /**
   * The workspace that limits lists of the whole installation (tokens, audit): the path's, or else the token's; null
   * for everything.
   */
  scope: string | null;
  requestId: string;
  address: string;
  request: Request;
  params: Params;
  query: Query;
  /** The body as it was sent. */
  body: RequestBody;
  /** The body by the schema in the route's `document.body`. */
  input: Input;
}
