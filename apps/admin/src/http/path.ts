import type { NextFunction, Request, Response } from 'express';

/** First segments of the API's own paths. Any other is a workspace, so no workspace can have one of these names. */
export const ROOT_SEGMENTS: ReadonlySet<string> = new Set([
  'audit',
  'dashboard',
  'deliveries',
  'docs',
  'event-hooks',
  'events',
  'favicon.ico',
  'healthz',
  'in',
  'inbound',
  'metrics',
  'openapi.json',
  'readyz',
  'replays',
  'stats',
  'stream',
  'system',
  'tokens',
  'workspaces',
]);

/** Reduces a request's target to path and query: it may have scheme and authority (RFC 9112, section 3.2.2). */
export function takeTarget(request: Request, _response: Response, next: NextFunction): void {
  const [authority] = /^https?:\/\/[^/?#]*/i.exec(request.url) ?? [];
  if (authority !== undefined) {
    const rest = request.url.slice(authority.length);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    request.originalUrl = request.url;
  }
  next();
}

/** Takes a workspace (Kong's tenant) off the front of the path and keeps it for `workspaceOf`. */
export function takeWorkspace(request: Request, response: Response, next: NextFunction): void {
  const path = /^\/([^/?]+)(\/[^?]*)(\?.*)?$/.exec(request.url);
  const [, first = '', rest = '', query = ''] = path ?? [];
  if (path !== null && !ROOT_SEGMENTS.has(first)) {
    response.locals.workspace = decodeSegment(first);
    request.url = rest + query;
  }
  next();
}

/** The workspace that the path begins with, or null. */
export function workspaceOf(request: Request): string | null {
  const workspace: unknown = request.res?.locals.workspace;
  return typeof workspace === 'string' ? workspace : null;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
