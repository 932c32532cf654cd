import { describeIssue, findDocumentFaults, findShapeFault, toFaults } from '@eventhooks/contract';
import type { z } from 'zod';
import { schemaViolation } from './api-error.ts';
import type { Call } from './call.ts';
import { bodyAs } from './read-body.ts';

const MAX_DEPTH = 8;

/** The request's body by its schema. @throws {ApiError} 400 with every fault. */
export function parseBody<S extends z.ZodType>(call: Call, schema: S): z.infer<S> {
  const body = bodyAs(call.body, schema);
  const shapeFault = findShapeFault(body, MAX_DEPTH);
  if (shapeFault !== null) throw schemaViolation([shapeFault]);
  const parsed = schema.safeParse(body, { error: describeIssue, reportInput: true });
  const faults = [...findDocumentFaults(body), ...(parsed.success ? [] : toFaults(parsed.error))];
  if (!parsed.success || faults.length > 0) throw schemaViolation(faults);
  return parsed.data;
}
