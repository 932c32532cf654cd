import {
  describeUniqueViolation,
  type Fault,
  INBOUND_LIMITS,
  type InboundEndpoint,
  type inboundPatchSchema,
  type PrintedInbound,
} from '@eventhooks/contract';
import {
  addInboundNames,
  countInboundEndpoints,
  deleteInboundEndpoint,
  findInboundEndpoint,
  insertInboundEndpoint,
  newId,
  type Schema,
  updateInboundEndpoint,
} from '@eventhooks/database';
import { completeEndpoint, listPresetEvents } from '@eventhooks/inbound';
import type { Transaction } from 'kysely';
import type { z } from 'zod';
import { recordChange } from '../changes.ts';
import { NO_KEY } from '../hooks/read-hook.ts';
import { ApiError, apiError, schemaViolation } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';

type Input = z.output<typeof inboundPatchSchema>;
export type SaveMode = 'create' | 'replace' | 'patch';

/**
 * Creates, replaces or patches an endpoint.
 *
 * @throws {ApiError} 400 with the faults of all its parts, 404 for a patch of an unknown one, 409 for a name that is taken, or too many endpoints.
 */
export async function saveEndpoint(
  call: Call,
  mode: SaveMode,
  name: string,
  input: Input,
): Promise<{ endpoint: InboundEndpoint; isNew: boolean }> {
  const { context, workspace } = call;
  const saved = await context.database.kysely.transaction().execute(async (transaction) => {
    const before =
      mode === 'create'
        ? null
        : await findInboundEndpoint(transaction, context.keyring, { workspace, name }, { lock: true });
    if (mode === 'patch' && before === null) throw apiError('not_found');
    const endpoint = fillIn(call, { mode, name, input, before });
    const faults = findFaults(call, endpoint, name, input);
    if (faults.length > 0) throw schemaViolation(faults);
    await write(transaction, call, before, endpoint);
    if (endpoint.preset !== before?.preset) await addPresetNames(transaction, endpoint);
    await recordChange(transaction, call, {
      entity: 'inbound_endpoints',
      entityId: endpoint.id,
      before: before && printEndpoint(before, true),
      after: printEndpoint(endpoint, true),
      changedSecrets: before === null ? [] : listChangedSecrets(before, endpoint),
    });
    return { endpoint, isNew: before === null };
  });
  await Promise.all([context.inbound.refresh(), context.catalogue.refresh()]);
  return saved;
}

interface Gaps {
  mode: SaveMode;
  name: string;
  input: Input;
  before: InboundEndpoint | null;
}

/** A patch keeps what is not given, and merges `verify` and `map` by field; a scheme of its own replaces `verify`. */
function fillIn({ workspace }: Call, { mode, name, input, before }: Gaps): InboundEndpoint {
  const kept = mode === 'patch' ? before : null;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const keptVerify = input.verify === null || input.verify?.scheme ? {} : kept?.verify;
  const keptMap = input.map === null ? {} : kept?.map;
  return {
    id: before?.id ?? newId(),
    workspace,
    name,
    enabled: input.enabled ?? (input.enabled === undefined ? kept?.enabled : undefined) ?? true,
    tags: input.tags ?? (input.tags === undefined ? kept?.tags : undefined) ?? [],
    rate_limit: input.rate_limit === undefined ? (kept?.rate_limit ?? null) : input.rate_limit,
    preset: input.preset === undefined ? (kept?.preset ?? null) : input.preset,
    verify: { ...keptVerify, ...input.verify },
    map: { ...keptMap, ...input.map },
    respond: input.respond === undefined ? (kept?.respond ?? null) : input.respond,
    created_at: before?.created_at ?? nowSeconds,
    updated_at: nowSeconds,
  };
}

function findFaults({ context }: Call, endpoint: InboundEndpoint, name: string, input: Input): Fault[] {
  const completed = completeEndpoint(endpoint);
  const faults = completed.ok ? [] : [...completed.faults];
  if (input.name && input.name !== name) faults.push({ path: ['name'], message: 'immutable field cannot be updated' });
  const hasSecrets = Boolean(endpoint.verify.secrets ?? endpoint.respond?.verify_token);
  if (hasSecrets && context.keyring.currentKeyId === null) {
    faults.push({ path: ['verify', 'secrets'], message: NO_KEY });
  }
  return faults;
}

async function write(
  transaction: Transaction<Schema>,
  { context: { keyring }, workspace }: Call,
  before: InboundEndpoint | null,
  endpoint: InboundEndpoint,
): Promise<void> {
  if (before !== null) return updateInboundEndpoint(transaction, keyring, endpoint);
  if ((await countInboundEndpoints(transaction, workspace)) >= INBOUND_LIMITS.endpoints) {
    throw apiError('in_use', `A workspace has at most ${INBOUND_LIMITS.endpoints} inbound endpoints`);
  }
  if (await insertInboundEndpoint(transaction, keyring, endpoint)) return;
  throw new ApiError(409, describeUniqueViolation('name', endpoint.name));
}

/** Adds what the preset's sender is known to send to the catalogue, unless the endpoint names its events by expressions of its own. */
async function addPresetNames(transaction: Transaction<Schema>, endpoint: InboundEndpoint): Promise<void> {
  const { preset, map } = endpoint;
  if (preset === null || map.source || map.event) return;
  // An endpoint that has added too many names already adds no more.
  await addInboundNames(transaction, endpoint, listPresetEvents(preset), INBOUND_LIMITS.names);
}

/** Deletes an endpoint with its rejections. The events that it added stay in the catalogue. */
export async function removeEndpoint(call: Call, name: string): Promise<void> {
  const { context, workspace } = call;
  await context.database.kysely.transaction().execute(async (transaction) => {
    const before = await deleteInboundEndpoint(transaction, context.keyring, { workspace, name });
    if (before === null) return;
    const change = { entity: 'inbound_endpoints', entityId: before.id, after: null } as const;
    await recordChange(transaction, call, { ...change, before: printEndpoint(before, true) });
  });
  await context.inbound.refresh();
}

function listChangedSecrets(before: InboundEndpoint, after: InboundEndpoint): string[] {
  const [old, now] = [before, after].map(({ verify, respond }) => ({
    'verify.secrets': verify.secrets ?? null,
    'respond.verify_token': respond?.verify_token ?? null,
  }));
  return (['verify.secrets', 'respond.verify_token'] as const).filter(
    (path) => JSON.stringify(old?.[path]) !== JSON.stringify(now?.[path]),
  );
}

/** An endpoint with the preset's values in its gaps. */
export function printEndpoint(endpoint: InboundEndpoint, isRedacted: boolean): PrintedInbound {
  const { id, workspace, name, enabled, tags, rate_limit, preset, created_at, updated_at } = endpoint;
  const completed = completeEndpoint(endpoint);
  const verify = completed.ok ? completed.endpoint.verification : endpoint.verify;
  const respond = completed.ok ? completed.endpoint.respond : endpoint.respond;
  const secrets = 'secrets' in verify ? verify.secrets : null;
  return {
    created_at,
    enabled,
    id,
    map: completed.ok ? completed.endpoint.map : endpoint.map,
    name,
    path: workspace === 'default' ? `/in/${name}` : `/${workspace}/in/${name}`,
    preset,
    rate_limit,
    respond: respond?.verify_token && isRedacted ? { ...respond, verify_token: null } : respond,
    tags,
    updated_at,
    verify: { ...verify, ...(secrets && { secrets: isRedacted ? secrets.map(() => null) : secrets }) },
  };
}
