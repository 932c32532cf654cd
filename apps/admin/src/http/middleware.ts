import { newId } from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Gives each request an id for its answer and the logs: the caller's `X-Request-Id` if that is harmless, else a new one. */
export function identifyRequest(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
  response.locals.requestId = requestId;
  response.setHeader('X-Request-Id', requestId);
  next();
}

/** Logs one line per request, when it has ended. */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const { originalUrl } = request;
    response.once('close', () => {
      logger.info(
        {
          request_id: response.locals.requestId,
          method: request.method,
          path: originalUrl.split('?', 1)[0],
          status: response.writableFinished ? response.statusCode : 'aborted',
          duration_ms: Math.round(performance.now() - startedAt),
          actor: response.locals.actor,
          address: request.ip,
        },
        'http.request',
      );
    });
    next();
  };
}

/** Pages load nothing from other origins and cannot be framed. Requests are not upgraded to https, so plain http stays usable. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Swagger UI and the dashboard's editor set styles from scripts.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    // Other services under the same domain may speak plain http.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
}

/** CORS for the listed origins only; a preflight needs no token. No credentials: tokens travel in a header. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    if (origins.length > 0) response.vary('Origin');
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', 'X-Request-Id, Retry-After');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Kong-Admin-Token, X-Request-Id');
    response.setHeader('Access-Control-Max-Age', '600');
    response.status(204).end();
  };
}
