import {
  buildViolation,
  describeIssue,
  type Fault,
  inboundInputSchema,
  type PrintedInbound,
  toFaults,
} from '@eventhooks/contract';
import { completeVerify } from '@eventhooks/inbound/senders';
import { compare, type Step } from '../hooks/step.ts';
import { ownPartsOf, showHidden } from './own-parts.ts';
import { presetOf } from './setup.ts';

/** An endpoint in a file, found again by its name. */
export interface DeclaredInbound {
  label: string;
  file: string;
  body: Record<string, unknown>;
}

type Compared = Pick<PrintedInbound, 'enabled' | 'tags' | 'rate_limit' | 'preset' | 'verify' | 'map' | 'respond'>;

/** The step that makes an endpoint as it is declared. Expressions are compiled by the server. */
export function planInbound(endpoints: readonly PrintedInbound[], declared: DeclaredInbound, faults: string[]): Step {
  const { label, body } = declared;
  const existing = endpoints.find(({ name }) => name === label);
  const step = { kind: 'inbound', label, id: existing?.name ?? null, body } as const;
  const parsed = inboundInputSchema.safeParse(body, { error: describeIssue, reportInput: true });
  const after = parsed.success
    ? complete(parsed.data, existing)
    : { ok: false as const, faults: toFaults(parsed.error) };
  if (!after.ok) faults.push(`inbound ${label}: ${buildViolation(after.faults).message}`);
  if (existing === undefined || !after.ok) return { ...step, action: 'create', changes: [] };
  const { enabled, tags, rate_limit, preset, map, respond } = existing;
  const verify = {
    ...existing.verify,
    ...(existing.verify.secrets && { secrets: showHidden(existing.verify.secrets) }),
  };
  const changes = compare({ enabled, tags, rate_limit, preset, verify, map, respond }, { ...after.endpoint });
  return { ...step, action: changes.length > 0 ? 'update' : 'unchanged', changes };
}

type Completed = { ok: true; endpoint: Compared } | { ok: false; faults: Fault[] };
type Input = ReturnType<typeof inboundInputSchema.parse>;

/** The endpoint as the server would print it after a patch by `input`, or once it is made. */
function complete(input: Input, before: PrintedInbound | undefined): Completed {
  const own = before && ownPartsOf(before);
  const presetName = input.preset === undefined ? (before?.preset ?? null) : input.preset;
  const preset = presetOf(presetName);
  const keptVerify = input.verify === null || input.verify?.scheme ? {} : own?.verify;
  const verify = completeVerify({ ...keptVerify, ...input.verify }, preset);
  if (!verify.ok)
    return { ok: false, faults: verify.faults.map((fault) => ({ ...fault, path: ['verify', ...fault.path] })) };
  const map = { ...preset?.map, ...set({ ...(input.map !== null && own?.map), ...input.map }) };
  const respond = input.respond === undefined ? own?.respond : (input.respond ?? undefined);
  return {
    ok: true,
    endpoint: {
      enabled: input.enabled === undefined ? (before?.enabled ?? true) : (input.enabled ?? true),
      tags: input.tags === undefined ? (before?.tags ?? []) : (input.tags ?? []),
      rate_limit: input.rate_limit === undefined ? (before?.rate_limit ?? null) : input.rate_limit,
      preset: presetName,
      verify: verify.verification,
      map,
      respond: respond === undefined ? (preset?.respond ?? null) : respond,
    },
  };
}

/** Without what asks for the preset's value. */
function set<T extends object>(fields: T): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
