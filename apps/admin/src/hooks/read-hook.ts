import {
  type Fault,
  HOOK_SCHEMAS,
  type Hook,
  type HookBodyMode,
  isHandler,
  privateFieldsOf,
  UNKNOWN_HANDLER_SCHEMA,
  validateHook,
} from '@eventhooks/contract';
import { newId } from '@eventhooks/database';
import { schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { hookBodyAs } from '../http/read-body.ts';
import { findContentFaults } from './content-faults.ts';

/**
 * The request's body as a hook: checked against its schema and the catalogue, its URL against the egress policy, and its code
 * by compiling it.
 *
 * @throws {ApiError} 400 with every fault.
 */
export async function readHook(
  call: Call,
  mode: HookBodyMode,
  id: string | null,
  existing: Hook | null,
): Promise<Hook> {
  const result = validateHook(readHookBody(call, existing), {
    mode,
    workspace: call.workspace,
    newId: newId(),
    now: Math.floor(Date.now() / 1000),
    catalogue: call.context.catalogue.viewOf(call.workspace),
    sslVerifyDefault: call.context.config.sslVerifyDefault,
    ...(id !== null && { id }),
    ...(existing !== null && { existing }),
  });
  const draft = result.ok ? { ...result.hook } : result.draft;
  const faults = [...(result.ok ? [] : result.faults), ...(await findContentFaults(call.context, draft))];
  if (result.ok) faults.push(...findKeyFaults(call, result.hook));
  if (!result.ok || faults.length > 0) throw schemaViolation(faults);
  return result.hook;
}

/** A form's texts are read by the schema of the handler that the form names, or else that the hook has. */
function readHookBody({ body }: Call, existing: Hook | null): unknown {
  const given = body.kind === 'form' ? body.value.handler : undefined;
  const handler = given ?? existing?.handler;
  return hookBodyAs(body, isHandler(handler) ? HOOK_SCHEMAS[handler] : UNKNOWN_HANDLER_SCHEMA);
}

/** Secrets are stored encrypted or not at all. */
function findKeyFaults({ context }: Call, { config }: Hook): Fault[] {
  if (context.keyring.currentKeyId !== null) return [];
  return privateFieldsOf(config).map(({ path }) => ({ path: ['config', ...path], message: NO_KEY }));
}

export const NO_KEY = 'cannot be stored: EVENTHOOKS_SECRET_KEYS is not set, so it could not be encrypted';
