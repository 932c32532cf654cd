import type { SandboxLimits } from './limits.ts';
import type { Pool, PoolResult } from './pool/pool.ts';
import type { GuestKind, GuestOutcome, TaskFailure } from './protocol.ts';
import type { HookKey, SandboxFailureKind, SandboxItem } from './types.ts';

/** One call of the sandbox: a hook's sources, and the items to run them on. */
export interface HookCall {
  guest: GuestKind;
  hook: HookKey;
  sources: string[];
  items: SandboxItem[];
}

/**
 * Runs a call's items in as many tasks as that takes, and gives one outcome per item, in their order. An item that breaks a
 * limit spoils no other: items with an outcome keep it, and the others run again in a fresh context. A call whose items
 * break limits too often is given up. Every task brings an outcome or counts towards that bound, so the number of tasks is
 * bounded whatever a guest says.
 */
export async function runCall(pool: Pick<Pool, 'run' | 'slowDown'>, limits: SandboxLimits, call: HookCall) {
  const outcomes: (GuestOutcome | undefined)[] = call.items.map(() => undefined);
  let pending = [...outcomes.keys()];
  let strikes = 0;
  let lastFailure: GuestOutcome = failureOf('runner_lost', 'the sandbox runner died');
  /** Set when a runner died without naming its item: then each item has its own task, which shows the one at fault. */
  let isAlone = false;

  const settle = (indexes: number[], outcome: GuestOutcome): void => {
    for (const index of indexes) outcomes[index] ??= outcome;
  };

  while (pending.length > 0) {
    if (strikes >= limits.strikesPerCall) {
      const reason = `not run: ${strikes} runs of this batch broke their limits (${lastFailure.message})`;
      settle(pending, { ...lastFailure, message: reason });
      break;
    }
    const part = isAlone ? pending.slice(0, 1) : takePart(pending, call.items, limits);
    let done = 0;
    const result = await pool.run({
      hook: call.hook,
      request: requestFor(call, part),
      onOutcomes(text) {
        for (const outcome of readOutcomes(text, limits)) {
          const index = part[done++];
          if (index !== undefined) settle([index], outcome);
        }
      },
    });
    const effect = assessResult(result, { part, pending, done, isAlone });
    if (effect.failure !== undefined) lastFailure = effect.failure;
    if (effect.failure !== undefined) settle(effect.failed, effect.failure);
    if (effect.isSlow) pool.slowDown(call.hook);
    isAlone ||= effect.isLost;
    const left = pending.filter((index) => outcomes[index] === undefined);
    if (effect.isStrike || left.length === pending.length) strikes += 1;
    pending = left;
  }
  return outcomes.map((outcome) => outcome ?? lastFailure);
}

function requestFor({ guest, hook, sources, items }: HookCall, part: number[]) {
  return { type: 'run' as const, guest, hookId: hook.id, sources, items: part.flatMap((index) => items[index] ?? []) };
}

/** The next items for one task: as many as it may carry, but at least one. */
function takePart(pending: number[], items: SandboxItem[], { crossingChars }: SandboxLimits): number[] {
  let chars = 0;
  const end = pending.findIndex((index) => {
    chars += items[index]?.data.length ?? 0;
    return chars > crossingChars;
  });
  return end === -1 ? pending : pending.slice(0, Math.max(end, 1));
}

/** The effect of a task's end on its call. */
interface TaskEffect {
  failure?: GuestOutcome;
  /** Items that get the failure, unless they have an outcome. */
  failed: number[];
  isStrike: boolean;
  isSlow: boolean;
  isLost: boolean;
}

interface TaskContext {
  part: number[];
  pending: number[];
  done: number;
  isAlone: boolean;
}

const refusedMessage = 'not run: the hook overran lately, and too much of its like is waiting';

function assessResult(result: PoolResult, { part, pending, done, isAlone }: TaskContext): TaskEffect {
  const calm = { failed: [], isStrike: false, isSlow: false, isLost: false };
  if (!result.ok) {
    if ('refused' in result) return { ...calm, failed: pending, failure: failureOf('timeout', refusedMessage) };
    const failure = failureOf('runner_lost', result.message);
    return { failure, failed: isAlone ? part : [], isStrike: true, isSlow: true, isLost: true };
  }
  const { end } = result;
  if (end.reason !== 'failed') return { ...calm, isSlow: end.reason === 'stopped' && end.slow };
  const { index, kind, message, at } = end.failure;
  // The runner may have learnt the index from the guest. An item that has its outcome cannot be the one that failed.
  const blamed = index === null ? null : Math.max(index, done);
  const failed = blamed === null ? pending : part.slice(blamed, blamed + 1);
  const isSlow = isOverrun(end.failure);
  return { failure: { ok: false, kind, message, at }, failed, isStrike: isSlow, isSlow, isLost: false };
}

function isOverrun({ kind }: TaskFailure): boolean {
  return kind === 'timeout' || kind === 'memory';
}

function failureOf(kind: SandboxFailureKind, message: string): GuestOutcome {
  return { ok: false, kind, message };
}

/**
 * The outcomes in a guest's text. Anything that is not a list of objects counts as one unreadable outcome. The guest caps
 * its outcomes itself; they are measured again here because a guest that user code has taken over would not.
 */
function readOutcomes(text: string, { outputBytes }: SandboxLimits): GuestOutcome[] {
  const list = parseList(text);
  if (list === null) return [failureOf('runtime', 'the result cannot be read')];
  if (text.length <= outputBytes) return list;
  // A guest's UTF-8 cap was exact; here one character counts as at least one byte.
  return list.map((outcome) =>
    JSON.stringify(outcome).length <= outputBytes
      ? outcome
      : failureOf('output', `the result exceeds ${outputBytes} bytes`),
  );
}

function parseList(text: string): GuestOutcome[] | null {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((item) => typeof item === 'object' && item !== null)) return list;
    return null;
  } catch {
    return null;
  }
}
