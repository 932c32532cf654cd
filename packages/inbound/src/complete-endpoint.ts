import type { Fault, InboundPreset, MapInput, Respond, Verification, VerifyInput } from '@eventhooks/contract';
import { completeVerify, withoutGaps } from './complete-verify.ts';
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
export interface CompletedEndpoint {
  verification: Verification;
  map: MapInput;
  mapping: Mapping;
  respond: Respond | null;
}

export type Completed = { ok: true; endpoint: CompletedEndpoint } | { ok: false; faults: Fault[] };

/** Fills the gaps of an endpoint from its preset, and compiles its expressions; or lists all of its faults. */
export function completeEndpoint(given: GivenEndpoint): Completed {
  const preset: Preset | null = given.preset === null ? null : PRESETS[given.preset];
  const verify = completeVerify(given.verify, preset);
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

function below(field: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ path, message }) => ({ path: [field, ...path], message }));
}
