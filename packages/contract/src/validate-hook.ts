import type { z } from 'zod';
import { type CatalogueView, findNameFault } from './catalogue.ts';
import { isPattern, nameOf } from './event-pattern.ts';
import { defaultsOf, type Field } from './field.ts';
import { definitionOf, type Handler, isHandler } from './handlers/index.ts';
import { HOOK_SCHEMAS, type Hook, UNKNOWN_HANDLER_SCHEMA } from './hook.ts';
import { configDefaults, listOwnFields } from './hook-defaults.ts';
import { HOOK_FIELDS } from './hook-fields.ts';
import { HOOK_LIMITS } from './hook-limits.ts';
import { type Fault, findDocumentFaults, findShapeFault, isJsonObject } from './json.ts';
import { describeIssue, toFaults } from './violations.ts';

/** How to read a body: as a whole hook (POST, PUT), or as changes to an existing one (PATCH). */
export type HookBodyMode = 'create' | 'replace' | 'patch';

export interface HookContext {
  mode: HookBodyMode;
  workspace: string;
  /** The hook's id where the path names it. Without it the body's `id` counts, and without that `newId`. */
  id?: string;
  newId: string;
  /** Epoch seconds, for `created_at` and `updated_at`. A body's own values are checked and then ignored. */
  now: number;
  catalogue: CatalogueView;
  /** The value of `ssl_verify` for a hook that gives none. */
  sslVerifyDefault: boolean;
  /** The stored hook: required for a patch, and for a replacement if there is one. */
  existing?: Hook;
}

/** `draft` is the body with its gaps filled in: callers look there for faults that no schema states. */
export type HookResult = { ok: true; hook: Hook } | { ok: false; faults: Fault[]; draft: Record<string, unknown> };

/** A body nests as deep as a payload, plus `config` and the body itself. */
const MAX_DEPTH = HOOK_LIMITS.payloadDepth + 2;

/**
 * Reads a request body as a hook with every default filled in, or lists all of its faults. `null` asks for a field's
 * default. A patch merges `config` by field, and replaces `headers` and `payload` as wholes. If it changes the handler, the
 * fields of the old `config` that the new handler has are kept.
 */
export function validateHook(body: unknown, context: HookContext): HookResult {
  const shapeFault = findShapeFault(body, MAX_DEPTH);
  if (shapeFault !== null || !isJsonObject(body))
    return { ok: false, faults: shapeFault === null ? [] : [shapeFault], draft: {} };
  const filled = fillIn(body, context);
  const parsed = parseFields(filled);
  const faults: Fault[] = [
    ...findDocumentFaults(body),
    ...(parsed.ok ? [] : parsed.faults),
    ...findIdFaults(body, context),
    ...findCatalogueFaults(filled, context.catalogue),
    ...findUnreadableFaults(body, context),
    ...findExpiryFaults(filled, context),
    ...findEdgeFaults(filled),
    ...findBatchFaults(filled),
    ...findOrderFaults(filled),
  ];
  if (!parsed.ok || faults.length > 0) return { ok: false, faults, draft: filled };
  const { existing, workspace, now } = context;
  const given = listOwnFields(body, parsed.fields.handler);
  const kept = context.mode === 'patch' ? (existing?.explicit ?? []) : [];
  const hook: Hook = {
    ...parsed.fields,
    id: parsed.fields.id.toLowerCase(),
    workspace,
    explicit: [...new Set([...kept, ...given])].sort(),
    old_secrets: hasSecretOf(parsed.fields, existing) ? (existing?.old_secrets ?? []) : [],
    unreadable: [],
    created_at: existing?.created_at ?? now,
    updated_at: now,
  };
  return { ok: true, hook };
}

/** The body with its gaps filled in: from the existing hook when patching, then from the defaults. */
function fillIn(body: Record<string, unknown>, context: HookContext): Record<string, unknown> {
  const existing = context.mode === 'patch' ? context.existing : undefined;
  const { newId, now, sslVerifyDefault: sslVerify } = context;
  const defaults = { newId: context.id ?? newId, now, sslVerify };
  const filled = withDefaults(defaultsOf(HOOK_FIELDS, defaults), { ...pickFields(existing), ...readFields(body) });
  const config = body.config ?? {};
  const { handler } = filled;
  if (isHandler(handler) && isJsonObject(config)) {
    const old = pickConfig(existing?.config ?? {}, handler);
    filled.config = withDefaults(configDefaults(handler, defaults), { ...old, ...config });
  } else {
    filled.config = config;
  }
  return filled;
}

function readFields(body: Record<string, unknown>): Record<string, unknown> {
  const read = { ...body };
  for (const [name, field] of Object.entries<Field>(HOOK_FIELDS)) {
    if (field.read && Object.hasOwn(body, name)) read[name] = field.read(body[name]);
  }
  return read;
}

/** Null and absence both ask for the default. Spreading keeps a key `__proto__` an ordinary one, which the schema refuses. */
function withDefaults(defaults: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const filled = { ...given };
  for (const [key, value] of Object.entries(defaults)) filled[key] = given[key] ?? value;
  return filled;
}

/** The fields of the stored hook that a client can write, without its `config`. */
function pickFields(existing: Hook | undefined): Record<string, unknown> {
  const isWritable = ([name]: [string, unknown]): boolean => name === 'handler' || Object.hasOwn(HOOK_FIELDS, name);
  return Object.fromEntries(Object.entries(existing ?? {}).filter(isWritable));
}

function pickConfig(config: object, handler: Handler): Record<string, unknown> {
  const known = HOOK_SCHEMAS[handler].shape.config.shape;
  return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(known, key)));
}

type ParsedFields = { ok: true; fields: z.infer<(typeof HOOK_SCHEMAS)[Handler]> } | { ok: false; faults: Fault[] };

function parseFields(filled: Record<string, unknown>): ParsedFields {
  const options = { error: describeIssue, reportInput: true };
  const { handler } = filled;
  if (!isHandler(handler)) {
    const { error } = UNKNOWN_HANDLER_SCHEMA.safeParse(filled, options);
    return { ok: false, faults: error === undefined ? [] : toFaults(error) };
  }
  const parsed = HOOK_SCHEMAS[handler].safeParse(filled, options);
  if (!parsed.success) return { ok: false, faults: toFaults(parsed.error) };
  return { ok: true, fields: parsed.data };
}

function findIdFaults(body: Record<string, unknown>, { id }: HookContext): Fault[] {
  if (id === undefined || typeof body.id !== 'string' || body.id.toLowerCase() === id.toLowerCase()) return [];
  return [{ path: ['id'], message: 'immutable field cannot be updated' }];
}

function findCatalogueFaults(filled: Record<string, unknown>, catalogue: CatalogueView): Fault[] {
  const { source, event, events } = filled;
  if (Array.isArray(events) && typeof event === 'string')
    return [{ path: ['events'], message: 'stands in place of event: give one of them, and null for the other' }];
  if (typeof source !== 'string') return [];
  const fault = findNameFault(catalogue, source, typeof event === 'string' ? event : null);
  if (fault !== null) return [fault];
  return Array.isArray(events) ? events.flatMap((text, index) => findEventsFault(text, index, source, catalogue)) : [];
}

function findEventsFault(text: unknown, index: number, source: string, catalogue: CatalogueView): Fault[] {
  if (typeof text !== 'string' || isPattern(text)) return [];
  const fault = findNameFault(catalogue, source, nameOf(text));
  return fault === null ? [] : [{ ...fault, path: ['events', index] }];
}

/** A time that passed stays as it is on a hook that it has disabled. To change it, or to enable the hook, takes a new one. */
function findExpiryFaults({ expires_at, enabled }: Record<string, unknown>, { existing, now }: HookContext): Fault[] {
  const { data: expiresAt = null } = HOOK_FIELDS.expires_at.schema.safeParse(expires_at);
  if (expiresAt === null || Date.parse(expiresAt) > now * 1_000) return [];
  if (existing?.expires_at !== expiresAt) return [{ path: ['expires_at'], message: 'must be in the future' }];
  return enabled === true && !existing.enabled
    ? [{ path: ['expires_at'], message: 'has passed: to enable the hook, give a time in the future, or null' }]
    : [];
}

function findEdgeFaults({ snooze, snooze_edge }: Record<string, unknown>): Fault[] {
  if (snooze_edge === null || (snooze !== null && snooze !== 0)) return [];
  return [{ path: ['snooze_edge'], message: 'needs a snooze: give one, or null for this field' }];
}

function findBatchFaults({ batch, handler }: Record<string, unknown>): Fault[] {
  if (batch === null || !isHandler(handler) || definitionOf(handler).canBatch) return [];
  return [{ path: ['batch'], message: `handler '${handler}' takes no batches` }];
}

function findOrderFaults({ order_by, on_exhausted }: Record<string, unknown>): Fault[] {
  const isAlone = on_exhausted !== null && on_exhausted !== undefined && (order_by === null || order_by === undefined);
  return isAlone ? [{ path: ['on_exhausted'], message: 'makes sense only with order_by' }] : [];
}

/** Whether the secret stays. Writing another one ends the current one at once, and also those that rotations replaced. */
function hasSecretOf(fields: Pick<Hook, 'config'>, existing: Hook | undefined): boolean {
  const secretOf = (config: object): unknown => ('secret' in config ? config.secret : null);
  return existing !== undefined && secretOf(fields.config) === secretOf(existing.config);
}

/** A patch keeps the fields that it does not name. A value that cannot be read cannot be kept, and is not dropped silently. */
function findUnreadableFaults(body: Record<string, unknown>, { mode, existing }: HookContext): Fault[] {
  if (mode !== 'patch' || existing === undefined) return [];
  const config = isJsonObject(body.config) ? body.config : {};
  return existing.unreadable
    .map((field) => (field === 'old_secrets' ? 'secret' : (field.split('.')[1] ?? field)))
    .filter((field) => !Object.hasOwn(config, field))
    .map((field) => ({
      path: ['config', field],
      message: 'no key of EVENTHOOKS_SECRET_KEYS opens what is stored; set the key, or give this field anew',
    }));
}
