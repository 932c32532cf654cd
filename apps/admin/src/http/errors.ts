import { API_ERRORS, type ApiErrorKind } from '@eventhooks/contract';
import type { Logger } from '@eventhooks/telemetry';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { IntakeUnavailableError } from '../intake/intake.ts';

/** An error that the caller is told of: one of the registry, or a body of its own. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly body: unknown;

  constructor(kind: ApiErrorKind, message?: string) {
    super(message ?? API_ERRORS[kind].message);
    this.status = API_ERRORS[kind].status;
    this.body = { message: this.message };
  }
}

/** Publishers come again after this many seconds when the store is away. */
const retryAfterSeconds = '2';

/** Turns whatever was thrown into Kong's body; what is not the caller's fault is logged and says nothing. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const told = toApiError(error);
    if (told.status === 503) response.set('retry-after', retryAfterSeconds);
    if (told.status === 500) logger.error({ err: error, method: request.method, path: request.path }, 'request.failed');
    response.status(told.status).json(told.body);
  };
}

export const notFound: RequestHandler = () => {
  throw new ApiError('not_found');
};

export const methodNotAllowed: RequestHandler = () => {
  throw new ApiError('method_not_allowed');
};

/** SQLSTATE class 08 and friends, and what sockets say: PostgreSQL is away. */
const databaseAway = /^(08|57P|53)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof IntakeUnavailableError)
    return new ApiError('unavailable', `Events cannot be accepted now: ${error.message}`);
  const { type, status, code, message } = error as { type?: string; status?: number; code?: string; message?: string };
  if (type === 'entity.parse.failed') return new ApiError('malformed_json');
  if (type === 'entity.too.large') return new ApiError('too_large');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') return new ApiError('unsupported_media_type');
  if (status !== undefined && status >= 400 && status < 500) return new ApiError('bad_request');
  if (
    databaseAway.test(code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated/.test(message ?? '')
  ) {
    return new ApiError('unavailable', 'The database does not answer');
  }
  return new ApiError('internal');
}
