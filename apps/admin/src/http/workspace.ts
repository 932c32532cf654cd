import type { Request } from 'express';

/** Kong's name for the workspace of paths that name none. */
export const defaultWorkspace = 'default';

/** The workspace that the request's path names. */
export function workspaceOf(_request: Request): string {
  return defaultWorkspace;
}
