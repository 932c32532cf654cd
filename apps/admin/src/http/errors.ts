import { type DatabaseErrorKind, kindOfDatabaseError } from '@eventhooks/database';
import type { Logger } from '@eventhooks/operations';
import type { NextFunction, Request, Response } from 'express';
import { IntakeUnavailableError } from '../intake/intake.ts';
import { ApiError, apiError } from './api-error.ts';

/** A client should wait this long when we are not available. */
const RETRY_AFTER_SECONDS = '5';

/** Answers paths that have no route with Kong's 404. */
export function answerNotFound(): void {
  throw apiError('not_found');
}

/** Turns any thrown value into Kong's body. An unexpected error is logged, and answered without details. */
export function answerErrors(logger: Logger) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const expected = toApiError(error);
    if (expected.status === 500) {
      logger.error({ err: error, request_id: response.locals.requestId }, 'http.failed');
    }
    response.status(expected.status).set(expected.headers).json(expected.body);
  };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const kind = kindOfDatabaseError(error);
  if (error instanceof IntakeUnavailableError || unavailable[kind] !== null) {
    return apiError('unavailable', unavailable[kind] ?? 'The database does not answer', {
      'Retry-After': RETRY_AFTER_SECONDS,
    });
  }
  // The workspace was deleted while the request wrote into it.
  if (codeOf(error) === FOREIGN_KEY_VIOLATION) return apiError('workspace_not_found');
  // Errors of body-parser and of Express's router carry a status of the 4xx range.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return apiError('too_large');
  if (status === 415) return apiError('unsupported_media_type');
  if (typeof status === 'number' && status >= 400 && status < 500) return apiError('bad_request');
  return apiError('internal');
}

/** SQLSTATE. */
const FOREIGN_KEY_VIOLATION = '23503';

/** Why the caller may try again later: the database is away, takes no writes, or waits for an operator. Null: it is our fault. */
const unavailable = {
  passing: 'The database does not answer',
  read_only: 'The database takes no writes',
  setting: 'The database refuses this process',
  unmigrated: 'The database has another schema',
  pooler: 'The database is behind a pooler that shares sessions',
  refused: null,
  unknown: null,
} satisfies Record<DatabaseErrorKind, string | null>;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
