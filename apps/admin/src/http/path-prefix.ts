import type { Request, RequestHandler } from 'express';

const PREFIX = /^(\/[\w.~%-]+)+$/;

/**
 * Finds out under which path a proxy publishes this admin: by `X-Forwarded-Prefix`, from a trusted proxy, else by the path of
 * EVENTHOOKS_PUBLIC_URL. A proxy may pass the prefix on or strip it: if it is still there, it is removed.
 *
 * @param publicUrl null: no prefix unless a proxy names one.
 */
export function takePathPrefix(publicUrl: string | null): RequestHandler {
  const configured = publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
  return (request, response, next) => {
    const prefix = forwardedPrefix(request) ?? configured;
    response.locals.pathPrefix = prefix;
    if (prefix !== '' && request.url.startsWith(`${prefix}/`)) request.url = request.url.slice(prefix.length);
    next();
  };
}

/** The prefix of all our paths in the caller's URLs: empty, or for example `/hooks`. */
export function pathPrefixOf(request: Request): string {
  return String(request.res?.locals.pathPrefix ?? '');
}

/** The path and query as the caller sees them. */
export function publicPathOf(request: Request): string {
  const prefix = pathPrefixOf(request);
  const { originalUrl } = request;
  return originalUrl.startsWith(`${prefix}/`) ? originalUrl : prefix + originalUrl;
}

function forwardedPrefix(request: Request): string | null {
  const [given = ''] = (request.get('x-forwarded-prefix') ?? '').split(',', 1);
  const prefix = given.trim().replace(/\/+$/, '');
  const isTrusted: (address: string, hop: number) => boolean = request.app.get('trust proxy fn');
  if (!isTrusted(request.socket.remoteAddress ?? '', 0)) return null;
  return PREFIX.test(prefix) ? prefix : null;
}
