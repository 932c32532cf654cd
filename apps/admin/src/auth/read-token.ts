import type { IncomingMessage } from 'node:http';

/** Holds the token with which a browser is signed in to the dashboard. */
export const SESSION_COOKIE = 'eventhooks_session';

/** The request's token: from a header, or from the cookie where the dashboard itself sent the request; else null. */
export function readToken(request: IncomingMessage): string | null {
  return readHeaderToken(request) ?? (isFromOwnPage(request) ? readCookie(request) : null);
}

/** `Kong-Admin-Token: T`, or `Authorization: Bearer T` (RFC 6750). */
export function readHeaderToken({ headers }: IncomingMessage): string | null {
  const kong = headers['kong-admin-token'];
  if (typeof kong === 'string' && kong !== '') return kong;
  return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

function readCookie({ headers }: IncomingMessage): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && value) return decode(value);
  }
  return null;
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/**
 * Browsers send cookies by themselves, and `SameSite` counts another port of this host as the same site. So a cookie counts only for
 * requests of our own page, as `Sec-Fetch-Site` or, where that is missing (plain http), `Origin` says; and for reads, whose answers
 * other pages cannot see.
 */
function isFromOwnPage({ headers, method }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  if (headers.origin !== undefined) return URL.parse(headers.origin)?.host === headers.host;
  return method === 'GET' || method === 'HEAD';
}
