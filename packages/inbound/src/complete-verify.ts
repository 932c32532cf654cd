import {
  describeIssue,
  type Fault,
  toFaults,
  type Verification,
  type VerifyInput,
  verificationSchema,
} from '@eventhooks/contract';
import type { Preset } from './presets/define.ts';

export type CompletedVerify = { ok: true; verification: Verification } | { ok: false; faults: Fault[] };

/** With a scheme of its own, `verify` replaces the preset's; without, it is merged into it. */
export function completeVerify(given: VerifyInput, preset: Preset | null): CompletedVerify {
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
export function withoutGaps<T extends object>(fields: T): Partial<T> {
  // The keys are those of the object, so the type stays.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}
