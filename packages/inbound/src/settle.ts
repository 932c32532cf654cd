import {
  describeIssue,
  type Fault,
  type InboundPreset,
  type MapInput,
  type Respond,
  toFaults,
  type Verification,
  type VerifyInput,
  verificationSchema,
} from '@eventhooks/contract';
import { compileMapping, type Mapping } from './mapping.ts';
import type { Preset } from './presets/define.ts';
import { PRESETS } from './presets/index.ts';

/** The parts of an endpoint that decide what its requests become, as its client gave them. */
export interface GivenEndpoint {
  preset: InboundPreset | null;
  verify: VerifyInput;
  map: MapInput;
  respond: Respond | null;
}

/** These parts with the preset's in their gaps. */
export interface SettledEndpoint {
  verification: Verification;
  map: MapInput;
  mapping: Mapping;
  respond: Respond | null;
}

export type Settled = { ok: true; endpoint: SettledEndpoint } | { ok: false; faults: Fault[] };

/** Fills the gaps of an endpoint from its preset, and compiles its expressions; or lists all of its faults. */
export function settleEndpoint(given: GivenEndpoint): Settled {
  const preset: Preset | null = given.preset === null ? null : PRESETS[given.preset];
  const verify = settleVerify(given.verify, preset);
  const map = { ...preset?.map, ...withoutGaps(given.map) };
  const compiled = compileMapping(map);
  const faults: Fault[] = [
    ...(verify.ok ? [] : below('verify', verify.faults)),
    ...(compiled.ok ? [] : below('map', compiled.faults)),
  ];
  if (!verify.ok || !compiled.ok) return { ok: false, faults };
  const { verification } = verify;
  return {
    ok: true,
    endpoint: { verification, map, mapping: compiled.mapping, respond: given.respond ?? preset?.respond ?? null },
  };
}

type SettledVerify = { ok: true; verification: Verification } | { ok: false; faults: Fault[] };

/** With a scheme of its own, `verify` replaces the preset's; without, it is merged into it. */
function settleVerify(given: VerifyInput, preset: Preset | null): SettledVerify {
  const own = withoutGaps(given);
  const merged = own.scheme === undefined ? { ...preset?.verify, ...own } : own;
  if (merged.scheme === undefined)
    return { ok: false, faults: [{ path: ['scheme'], message: 'required field missing' }] };
  const parsed = verificationSchema.safeParse(withBearer(merged), { error: describeIssue, reportInput: true });
  return parsed.success ? { ok: true, verification: parsed.data } : { ok: false, faults: toFaults(parsed.error) };
}

/** A token in `authorization` is a bearer token (RFC 6750), unless a prefix is given. */
function withBearer(verify: VerifyInput): VerifyInput {
  const isAuthorization = (verify.header ?? 'authorization') === 'authorization';
  return verify.scheme === 'token' && isAuthorization ? { prefix: 'Bearer ', ...verify } : verify;
}

/** Null and absence both ask for the preset's value. */
function withoutGaps<T extends object>(fields: T): Partial<T> {
  // The keys are those of the object, so the type stays.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}

function below(field: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ path, message }) => ({ path: [field, ...path], message }));
}
