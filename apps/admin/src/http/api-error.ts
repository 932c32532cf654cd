import { API_ERRORS, type ApiErrorKind, buildViolation, type Fault } from '@eventhooks/contract';

/** An error that is answered as it is: the caller's fault, or a passing one of ours. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: { message: string }, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The error of a kind in the registry, with its own message where one says more. */
export function apiError(kind: ApiErrorKind, message?: string, headers?: Readonly<Record<string, string>>): ApiError {
  const { status, message: standard } = API_ERRORS[kind];
  return new ApiError(status, { message: message ?? standard }, headers);
}

/** Kong's 400 for a body that does not fit, with all its faults. */
export function schemaViolation(faults: readonly Fault[]): ApiError {
  return new ApiError(400, buildViolation(faults));
}
