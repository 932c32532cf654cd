import type { PrintedSession } from '@eventhooks/contract';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Actor } from '../auth/actor.ts';
import { readHeaderToken, readToken, SESSION_COOKIE } from '../auth/read-token.ts';
import type { AdminContext } from '../context.ts';
import { apiError } from '../http/api-error.ts';
import { identifyCaller } from '../http/authorize.ts';
import { refuseMethod } from '../http/route.ts';

/**
 * `/dashboard/session` says which token the browser is signed in with. POST with a token in a header puts that token into a cookie that
 * scripts cannot read and other sites' pages cannot send; DELETE removes it. It belongs to no workspace, so that a token of
 * one workspace can learn which one that is.
 */
export function mountDashboardSession(app: Express, context: AdminContext): void {
  const handle = (act: (request: Request, response: Response, actor: Actor) => void) => {
    return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
      try {
        act(request, response.set('Cache-Control', 'no-store'), await identifyCaller(context, request));
      } catch (error) {
        next(error);
      }
    };
  };
  const path = '/dashboard/session';
  const read = handle((_request, response, actor) => response.json(printSession(actor)));
  app.get(path, (request, response, next) => {
    // The page also asks before sign-in, so that is no error.
    if (readToken(request) === null && context.config.adminToken !== null) response.status(204).end();
    else void read(request, response, next);
  });
  app.post(
    path,
    handle((request, response, actor) => {
      const token = readHeaderToken(request);
      if (token === null)
        throw apiError('bad_request', 'The token to sign in with belongs into the header Kong-Admin-Token');
      response.cookie(SESSION_COOKIE, token, cookieOptions(request)).json(printSession(actor));
    }),
  );
  app.delete(path, (request, response) => {
    response.clearCookie(SESSION_COOKIE, cookieOptions(request)).status(204).end();
  });
  app.all(path, refuseMethod(['get', 'post', 'delete']));
}

function printSession({ name, role, workspace }: Actor): PrintedSession {
  return { name, role, workspace, is_token_required: name !== 'anonymous' };
}

/** The cookie lasts as long as the browser's session. It is `Secure` if the browser used https, even if only to a proxy in front. */
function cookieOptions({ secure, headers }: Request) {
  return {
    httpOnly: true,
    sameSite: 'strict',
    secure: secure || headers['x-forwarded-proto'] === 'https',
    path: '/',
  } as const;
}
