import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ApiError } from './errors.ts';

/** Lets pass who shows the token, as `Kong-Admin-Token: T` or `Authorization: Bearer T`; without a token to show, everyone. */
export function authenticate(adminToken: string | null): RequestHandler {
  if (adminToken === null) return (_request, _response, next) => next();
  const expected = hash(adminToken);
  return (request, _response, next) => {
    const shown = request.get('kong-admin-token') ?? /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    // Hashes are of one length, so that the comparison takes one time.
    if (shown === undefined || !timingSafeEqual(hash(shown), expected)) throw new ApiError('unauthorized');
    next();
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
