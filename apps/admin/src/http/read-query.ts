import {
  describeInvalidOffset,
  describeInvalidSize,
  describeIssue,
  findTextFault,
  MAX_PAGE_SIZE,
} from '@eventhooks/contract';
import type { z } from 'zod';
import { ApiError, apiError } from './api-error.ts';

/**
 * The query of a URL by its schema. A parameter that the schema does not name is ignored; if one is given twice, the first counts.
 *
 * @throws {ApiError} 400 naming the wrong parameter; Kong's words are used for the parameters of paging.
 */
export function readQuery<S extends z.ZodObject>(url: string, schema: S): z.output<S> {
  const given = decodeQuery(url);
  const known = Object.keys(schema.shape).flatMap((name) => {
    const text = given.get(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  for (const [name, text] of known) {
    const fault = findTextFault(text);
    if (fault !== null) throw apiError('bad_request', `${name}: ${fault}`);
  }
  const parsed = schema.safeParse(Object.fromEntries(known), { error: describeIssue });
  if (parsed.success) return parsed.data;
  throw describeFault(parsed.error, given);
}

/** Unlike Node's parsers, this replaces no bytes: with replacements, a query that is not UTF-8 would find the wrong rows. */
function decodeQuery(url: string): Map<string, string> {
  const start = url.indexOf('?');
  const decoded = new Map<string, string>();
  if (start === -1) return decoded;
  for (const pair of url.slice(start + 1).split('&')) {
    const [name = '', ...values] = pair.split('=').map(decodePart);
    if (!decoded.has(name)) decoded.set(name, values.join('='));
  }
  return decoded;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw apiError('bad_request', 'The query is not percent-encoded UTF-8');
  }
}

function describeFault({ issues: [issue] }: z.ZodError, given: ReadonlyMap<string, string>): ApiError {
  const name = String(issue?.path[0]);
  if (name === 'size') return new ApiError(400, describeInvalidSize(MAX_PAGE_SIZE));
  if (name === 'offset') return new ApiError(400, describeInvalidOffset(given.get(name) ?? ''));
  return apiError('bad_request', `${name}: ${issue?.message}`);
}
