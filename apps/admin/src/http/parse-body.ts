import { describeIssue, findDocumentFaults, findShapeFault, toFaults } from '@eventhooks/contract';
import type { z } from 'zod';
import { schemaViolation } from './api-error.ts';
import { bodyAs, type RequestBody } from './read-body.ts';

const maxDepth = 8;

/** A request's body by its schema. @throws {ApiError} 400 with every fault. */
export function parseBody<S extends z.ZodType>(given: RequestBody, schema: S): z.output<S> {
  const body = bodyAs(given, schema);
  const shapeFault = findShapeFault(body, maxDepth);
  if (shapeFault !== null) throw schemaViolation([shapeFault]);
  const parsed = schema.safeParse(body, { error: describeIssue, reportInput: true });
  const faults = [...findDocumentFaults(body), ...(parsed.success ? [] : toFaults(parsed.error))];
  if (!parsed.success || faults.length > 0) throw schemaViolation(faults);
  return parsed.data;
}
