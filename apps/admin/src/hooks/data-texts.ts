import { type Hook, parseExact, stringifyExact } from '@eventhooks/contract';
import { schemaViolation } from '../http/api-error.ts';

/** The JSON texts of the objects in a text: of its items where it is a list, or itself. */
export function dataTextsOf(dataText: string): string[] {
  const data = parseExact(dataText);
  return Array.isArray(data) ? data.map(stringifyExact) : [dataText];
}

/** @throws {ApiError} 400 for a list of data where the hook has no batches. */
export function refuseList({ batch, data }: { batch?: Hook['batch'] | undefined; data: unknown }): void {
  if (Array.isArray(data) && (batch === undefined || batch === null))
    throw schemaViolation([{ path: ['data'], message: 'expected a record: only a hook with batch takes a list' }]);
}
