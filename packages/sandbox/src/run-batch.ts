import type { SandboxLimits } from './limits.ts';
import type { Pool, PoolResult } from './pool/pool.ts';
import type { GuestKind, GuestOutcome, TurnFailure } from './protocol.ts';
import type { HookKey, SandboxFailureKind, SandboxItem } from './types.ts';

export interface Batch {
  guest: GuestKind;
  hook: HookKey;
  sources: string[];
  items: SandboxItem[];
}

/**
 * Runs a batch to its end, one outcome an item, in order. An item that breaks a limit takes no other with it: what had its
 * outcome keeps it, what had none runs again in a fresh context. A batch that does so too often is given up.
 */
export async function runBatch(pool: Pool, limits: SandboxLimits, batch: Batch): Promise<GuestOutcome[]> {
  const outcomes: (GuestOutcome | undefined)[] = batch.items.map(() => undefined);
  let pending = [...outcomes.keys()];
  let strikes = 0;
  let lastFailure: GuestOutcome = failureOf('runner_lost', 'the sandbox runner died');
  /** After a runner died without saying at which item, each goes alone: then it is known. */
  let isAlone = false;

  const settle = (indexes: number[], outcome: GuestOutcome): void => {
    for (const index of indexes) outcomes[index] ??= outcome;
  };

  while (pending.length > 0) {
    if (strikes >= limits.strikesPerBatch) {
      const reason = `not run: ${strikes} runs of this batch broke their limits (${lastFailure.message})`;
      settle(pending, { ...lastFailure, message: reason });
      break;
    }
    const part = isAlone ? pending.slice(0, 1) : takePart(pending, batch.items, limits);
    let done = 0;
    const result = await pool.take({
      hook: batch.hook,
      request: {
        type: 'run',
        guest: batch.guest,
        hookId: batch.hook.id,
        sources: batch.sources,
        items: part.flatMap((index) => batch.items[index] ?? []),
      },
      onOutcomes(text) {
        for (const outcome of readOutcomes(text)) {
          const index = part[done++];
          if (index !== undefined) settle([index], outcome);
        }
      },
    });
    const verdict = judge(result, part, pending, done, isAlone);
    if (verdict.failure !== undefined) lastFailure = verdict.failure;
    if (verdict.failure !== undefined) settle(verdict.failed, verdict.failure);
    if (verdict.isStrike) strikes += 1;
    if (verdict.isSlow) pool.slowDown(batch.hook);
    isAlone ||= verdict.isLost;
    pending = pending.filter((index) => outcomes[index] === undefined);
  }
  return outcomes.map((outcome) => outcome ?? lastFailure);
}

/** As many items as may cross at once, and at least one. */
function takePart(pending: number[], items: SandboxItem[], { crossingChars }: SandboxLimits): number[] {
  let chars = 0;
  const end = pending.findIndex((index) => {
    chars += items[index]?.data.length ?? 0;
    return chars > crossingChars;
  });
  return end === -1 ? pending : pending.slice(0, Math.max(end, 1));
}

interface Verdict {
  failure?: GuestOutcome;
  /** Items that get the failure, as far as they have no outcome. */
  failed: number[];
  isStrike: boolean;
  isSlow: boolean;
  isLost: boolean;
}

const REFUSED = 'not run: the hook overran lately, and too much of its like is waiting';

function judge(result: PoolResult, part: number[], pending: number[], done: number, isAlone: boolean): Verdict {
  const calm = { failed: [], isStrike: false, isSlow: false, isLost: false };
  if (!result.ok) {
    if ('refused' in result) return { ...calm, failed: pending, failure: failureOf('timeout', REFUSED) };
    const failure = failureOf('runner_lost', result.message);
    return { failure, failed: isAlone ? part : [], isStrike: true, isSlow: true, isLost: true };
  }
  const { end } = result;
  if (end.reason !== 'failed') {
    // A turn that brought nothing must not repeat for ever.
    return { ...calm, isStrike: done === 0, isSlow: end.reason === 'stopped' && end.slow };
  }
  const { index, kind, message, at } = end.failure;
  const failed = index === null ? pending : part.slice(index, index + 1);
  const isSlow = isOverrun(end.failure);
  return { failure: { ok: false, kind, message, at }, failed, isStrike: isSlow, isSlow, isLost: false };
}

function isOverrun({ kind }: TurnFailure): boolean {
  return kind === 'timeout' || kind === 'memory';
}

function failureOf(kind: SandboxFailureKind, message: string): GuestOutcome {
  return { ok: false, kind, message };
}

/** Anything that is not a list of objects counts as one unreadable outcome. */
function readOutcomes(text: string): GuestOutcome[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((item) => typeof item === 'object' && item !== null)) return list;
  } catch {
    // Told below.
  }
  return [failureOf('runtime', 'the result cannot be read')];
}
