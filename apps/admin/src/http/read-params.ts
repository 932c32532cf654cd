import { findTextFault, isUuid } from '@eventhooks/contract';
import { apiError, schemaViolation } from './api-error.ts';

/** The parameters of a path as OpenAPI writes it: `/event-hooks/{id}` has `id`. */
export type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { [K in Name]: string } & ParamsOf<Rest>
  : unknown;

/**
 * The parameters of a request's path, an `id` in lower case.
 *
 * @throws {ApiError} for a text that cannot be an id or name: 404, or 400 where a PUT would create the entity in its path.
 */
export function readParams(
  method: string,
  given: Readonly<Record<string, string | string[]>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const text = String(value);
      const fault = findParamFault(name, text);
      if (fault === null) return [name, name === 'id' ? text.toLowerCase() : text];
      throw method === 'put' ? schemaViolation([{ path: [name], message: fault }]) : apiError('not_found');
    }),
  );
}

function findParamFault(name: string, text: string): string | null {
  if (name === 'id') return isUuid(text) ? null : 'expected a valid UUID';
  return findTextFault(text);
}
