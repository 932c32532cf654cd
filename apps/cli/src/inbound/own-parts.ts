import { isDeepStrictEqual } from 'node:util';
import type { PrintedInbound, Respond, VerifyInput } from '@eventhooks/contract';
import { completeVerify, type Preset } from '@eventhooks/inbound/senders';
import { presetOf } from './setup.ts';

/** The parts of an endpoint that its preset does not give. */
export interface OwnParts {
  verify: VerifyInput;
  map: PrintedInbound['map'];
  /** Undefined: as the preset has it. */
  respond: Respond | null | undefined;
}

/** Takes the preset's values out of an endpoint as the server prints it, which fills them in. */
export function ownPartsOf({ preset: name, verify, map, respond }: PrintedInbound): OwnParts {
  const preset = presetOf(name);
  const { secrets, ...printed } = verify;
  const given = differing(printed, defaultsOf(preset));
  // With a scheme of its own nothing is the preset's.
  const own = given.scheme === undefined ? given : printed;
  const isPresets = isDeepStrictEqual(respond, preset?.respond ?? null);
  return {
    verify: { ...own, ...(secrets && { secrets: showHidden(secrets) }) },
    map: differing(map, { ...preset?.map }),
    // The server prints only challenges that the contract knows.
    respond: isPresets ? undefined : (respond as Respond | null),
  };
}

/** Stands in place of a secret that the token may not see. */
const hiddenSecret = '(hidden)';

export function showHidden(secrets: readonly (string | null)[]): string[] {
  return secrets.map((secret) => secret ?? hiddenSecret);
}

function defaultsOf(preset: Preset | null): Record<string, unknown> {
  const completed = completeVerify({ secrets: [hiddenSecret] }, preset);
  return completed.ok ? { ...completed.verification } : {};
}

/** The fields of `values` that differ from those of `others`, and are set. */
function differing<T extends object>(values: T, others: Readonly<Record<string, unknown>>): T {
  const entries = Object.entries(values).filter(
    ([key, value]) => value !== null && value !== undefined && !isDeepStrictEqual(value, others[key]),
  );
  // Every field of these records may be absent.
  return Object.fromEntries(entries) as T;
}
