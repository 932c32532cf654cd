import { type Hook, mergeCatalogue, type UserSource, validateHook } from '@eventhooks/contract';
import { newId } from '@eventhooks/database';
import { schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { findContentFaults } from './content-faults.ts';

/**
 * A hook that is looked at and not stored, checked as one that is created. `sources` are events that the catalogue may not have.
 *
 * @throws {ApiError} 400 with every fault.
 */
export async function readUnstoredHook(
  call: Call,
  given: Record<string, unknown>,
  sources: UserSource[] = [],
): Promise<Hook> {
  const result = validateHook(given, {
    mode: 'create',
    workspace: call.workspace,
    newId: newId(),
    now: Math.floor(Date.now() / 1000),
    catalogue: mergeCatalogue(sources, call.context.catalogue.viewOf(call.workspace)),
    sslVerifyDefault: call.context.config.sslVerifyDefault,
  });
  const draft = result.ok ? { ...result.hook } : result.draft;
  const faults = [...(result.ok ? [] : result.faults), ...(await findContentFaults(call.context, draft))];
  if (!result.ok || faults.length > 0) throw schemaViolation(faults);
  return result.hook;
}
