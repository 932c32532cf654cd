import type { z } from 'zod';
import { type CatalogueView, findNameFault } from './catalogue.ts';
import { type Handler, HOOK_LIMITS, HOOK_SCHEMAS, type Hook, isHandler, UNKNOWN_HANDLER_SCHEMA } from './hook.ts';
import { configDefaults, HOOK_DEFAULTS, listOwnFields } from './hook-defaults.ts';
import { type Fault, findDocumentFaults, findShapeFault, isJsonObject } from './json.ts';
import { describeIssue, toFaults } from './violations.ts';

/** How a body is to be read: as a whole hook of its own (POST, PUT), or as changes of one that exists (PATCH). */
export type HookBodyMode = 'create' | 'replace' | 'patch';

export interface HookContext {
  mode: HookBodyMode;
  workspace: string;
  /** The hook's id where the path names it; otherwise the body's `id`, or else `newId`. */
  id?: string;
  newId: string;
  /** Epoch seconds, for `created_at` and `updated_at`; what a body says there is checked and otherwise ignored. */
  now: number;
  catalogue: CatalogueView;
  /** What `ssl_verify` is for a hook that does not say. */
  sslVerifyDefault: boolean;
  /** The hook as stored: required to patch, and for a replacement where there is one. */
  existing?: Hook;
}

/** `draft` is the body with its gaps filled in, so that a caller can look for faults that no schema states. */
export type HookResult = { ok: true; hook: Hook } | { ok: false; faults: Fault[]; draft: Record<string, unknown> };

/** Body depth at most: a payload's, within `config` and the body. */
const MAX_DEPTH = HOOK_LIMITS.payloadDepth + 2;

/**
 * Reads a request body as a hook with every default filled in, or tells every fault at once. `null` asks for a
 * field's default. A patch merges `config` by field, and `headers` and `payload` as wholes; when it changes the handler, of the
 * old `config` only what the new handler knows stays.
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
  ];
  if (!parsed.ok || faults.length > 0) return { ok: false, faults, draft: filled };
  const { existing, workspace, now } = context;
  const given = listOwnFields(body);
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

/** The body with what it leaves open filled in: from the existing hook when patching, then from the defaults. */
function fillIn(body: Record<string, unknown>, context: HookContext): Record<string, unknown> {
  const existing = context.mode === 'patch' ? context.existing : undefined;
  const defaults = {
    ...HOOK_DEFAULTS,
    created_at: context.now,
    id: context.id ?? context.newId,
    updated_at: context.now,
  };
  const filled = withDefaults(defaults, { ...pickFields(existing), ...body });
  const config = body.config ?? {};
  const { handler } = filled;
  if (isHandler(handler) && isJsonObject(config)) {
    const old = pickConfig(existing?.config ?? {}, handler);
    filled.config = withDefaults(configDefaults(handler, context.sslVerifyDefault), { ...old, ...config });
  } else {
    filled.config = config;
  }
  return filled;
}

/** Null and absence both ask for the default. Spreading keeps a key `__proto__` an ordinary one, for the schema to refuse. */
function withDefaults(defaults: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const filled = { ...given };
  for (const [key, value] of Object.entries(defaults)) filled[key] = given[key] ?? value;
  return filled;
}

function pickFields(existing: Hook | undefined): Record<string, unknown> {
  if (existing === undefined) return {};
  const {
    workspace: _workspace,
    explicit: _explicit,
    old_secrets: _old,
    unreadable: _unreadable,
    config: _config,
    ...fields
  } = existing;
  return fields;
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

function findCatalogueFaults({ source, event }: Record<string, unknown>, catalogue: CatalogueView): Fault[] {
  if (typeof source !== 'string') return [];
  const fault = findNameFault(catalogue, source, typeof event === 'string' ? event : null);
  return fault === null ? [] : [fault];
}

/** A secret that is written anew replaces the one before at once, and with it those that its rotations left. */
function hasSecretOf(fields: Pick<Hook, 'config'>, existing: Hook | undefined): boolean {
  const secretOf = (config: object): unknown => ('secret' in config ? config.secret : null);
  return existing !== undefined && secretOf(fields.config) === secretOf(existing.config);
}

/** A patch keeps what it does not name; what cannot be read cannot be kept, and must not be lost unnoticed. */
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
