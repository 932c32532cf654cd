import {
  buildViolation,
  type CatalogueView,
  type Hook,
  mergeCatalogue,
  type PrintedHook,
  type PrintedInbound,
  type UserSource,
  validateHook,
  validateUserSource,
} from '@eventhooks/contract';
import type { Api } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { planInbound } from '../inbound/plan-inbound.ts';
import type { Declaration, DeclaredHook, DeclaredSource } from './hook-file.ts';
import { compare, type Step } from './step.ts';

/**
 * The steps that make the server match the declaration, sources first, hooks last. What a declaration leaves out stays as the server has it,
 * as with PATCH, and gets its default where it is new; null asks for the default. With `pruneTag`, hooks and inbound endpoints with
 * that tag that are not declared are deleted.
 *
 * @throws {CommandFailure} with the faults of all hooks that the server would refuse for their fields.
 */
export async function planChanges(api: Api, declaration: Declaration, pruneTag: string | null): Promise<Step[]> {
  const server = await readServer(api);
  const faults: string[] = [];
  const declared = declaration.sources.map((source) => completeSource(server, source));
  const sources = declared.map((source) => planSource(server, source, faults));
  const catalogue = mergeCatalogue([...server.sources.values(), ...declared.map(toUserSource)]);
  const hooks = declaration.hooks.map((hook) => planHook(server, hook, catalogue, faults));
  const inbound = declaration.inbound.map((endpoint) => planInbound(server.inbound, endpoint, faults));
  if (faults.length > 0) throw new CommandFailure(EXIT.usage, faults.join('\n  '));
  return [...sources, ...inbound, ...hooks, ...planDeletions(server, [...hooks, ...inbound], pruneTag)];
}

interface ServerState {
  hooks: PrintedHook[];
  /** The whole catalogue, by `source/event`. */
  sources: Map<string, UserSource>;
  inbound: PrintedInbound[];
}

async function readServer(api: Api): Promise<ServerState> {
  const hooks = await api.all('GET /event-hooks');
  const { data } = await api.call('GET /event-hooks/sources');
  const inbound = await api.all('GET /inbound');
  const sources = new Map<string, UserSource>();
  for (const [source, events] of Object.entries(data)) {
    for (const [event, body] of Object.entries(events)) {
      sources.set(`${source}/${event}`, toUserSource({ source, event, body }));
    }
  }
  return { hooks, sources, inbound };
}

function toUserSource({ source, event, body }: DeclaredSource): UserSource {
  const result = validateUserSource({ workspace: '', source, event }, body);
  if (result.ok) return result.source;
  // A built-in event, or a faulty one, whose faults planSource reports.
  const fields = Array.isArray(body.fields) ? body.fields.map(String) : [];
  return { workspace: '', source, event, description: null, fields, unique: null, schema: null };
}

/** A declared event with the fields that it leaves out as the server has them. */
function completeSource({ sources }: ServerState, { source, event, body }: DeclaredSource): DeclaredSource {
  const existing = sources.get(`${source}/${event}`);
  if (existing === undefined) return { source, event, body };
  const { description, fields, unique, schema } = existing;
  return { source, event, body: { description, fields, unique, schema, ...body } };
}

function planSource({ sources }: ServerState, declared: DeclaredSource, faults: string[]): Step {
  const label = `${declared.source}/${declared.event}`;
  const result = validateUserSource({ workspace: '', ...declared }, declared.body);
  if (!result.ok) faults.push(`${label}: ${buildViolation(result.faults).message}`);
  const before = sources.get(label);
  const after = toUserSource(declared);
  const changes = before === undefined ? [] : compare({ ...before }, { ...after });
  const action = before === undefined ? 'create' : changes.length > 0 ? 'update' : 'unchanged';
  return { action, kind: 'source', label, id: null, changes, body: declared.body };
}

function planHook(server: ServerState, declared: DeclaredHook, catalogue: CatalogueView, faults: string[]): Step {
  const { label, body } = declared;
  const found = findOnServer(server.hooks, declared);
  const [existing] = found;
  if (found.length > 1)
    faults.push(`${label}: the server has ${found.length} hooks of this name; declare one by its id`);
  const id = existing?.id ?? null;
  const before = existing && normalise(existing, catalogue, existing);
  const after = normalise(body, catalogue, existing, before?.ok ? before.hook : undefined);
  if (!after.ok) faults.push(`${label}: ${after.message}`);
  if (!after.ok || before === undefined) {
    return { action: 'create', kind: 'hook', label, id, changes: [], body };
  }
  const changes = before.ok ? compare(comparedFieldsOf(before.hook), comparedFieldsOf(after.hook)) : [];
  const isSame = before.ok && changes.length === 0;
  return { action: isSame ? 'unchanged' : 'update', kind: 'hook', label, id, changes, body };
}

function findOnServer(hooks: readonly PrintedHook[], { body }: DeclaredHook): PrintedHook[] {
  if (typeof body.id === 'string') {
    const wanted = body.id.toLowerCase();
    return hooks.filter(({ id }) => id === wanted);
  }
  return hooks.filter(({ name }) => name === body.name);
}

type Normalised = { ok: true; hook: Hook } | { ok: false; message: string };

/** A hook with every gap filled in: from `patched` if it is a change of that one, then from the defaults. */
function normalise(
  body: Record<string, unknown>,
  catalogue: CatalogueView,
  existing: PrintedHook | undefined,
  patched?: Hook,
): Normalised {
  const result = validateHook(body, {
    mode: patched === undefined ? 'replace' : 'patch',
    workspace: '',
    newId: '00000000-0000-4000-8000-000000000000',
    now: 0,
    catalogue,
    sslVerifyDefault: existing?.config.ssl_verify === true,
    ...(patched !== undefined && { existing: patched }),
  });
  return result.ok ? result : { ok: false, message: buildViolation(result.faults).message };
}

function comparedFieldsOf(hook: Hook): Record<string, unknown> {
  const { id, workspace, explicit, created_at, updated_at, ...fields } = hook;
  return fields;
}

function planDeletions({ hooks, inbound }: ServerState, planned: readonly Step[], tag: string | null): Step[] {
  if (tag === null) return [];
  const kept = new Set(planned.map(({ kind, id }) => `${kind} ${id}`));
  const tagged = [
    ...hooks.map(({ id, name, tags }) => ({ kind: 'hook' as const, id, label: name ?? id, tags })),
    ...inbound.map(({ name, tags }) => ({ kind: 'inbound' as const, id: name, label: name, tags })),
  ];
  return tagged
    .filter(({ kind, id, tags }) => tags?.includes(tag) && !kept.has(`${kind} ${id}`))
    .map(({ kind, id, label }) => ({ action: 'delete', kind, label, id, changes: [], body: {} }));
}
