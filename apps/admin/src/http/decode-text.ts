import { decodeUtf8 } from '@eventhooks/contract';
import { apiError } from './api-error.ts';

/** Decodes text from outside; every kind of request uses it. @throws {ApiError} 400 when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === null) throw apiError('bad_request', 'The body is not UTF-8');
  return text;
}
