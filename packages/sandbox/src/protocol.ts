import type { SandboxLimits } from './limits.ts';
import type { SandboxFailureKind, SandboxItem } from './types.ts';

/** The languages that guests speak; each has a bundle and a snapshot of its own. */
export type GuestKind = 'template' | 'lua' | 'javascript';

/** First message to a runner: its own code and the guests'. It reads no file but isolated-vm's. */
export interface BootMessage {
  runnerCode: string;
  isolatedVmPath: string;
  guestCode: Record<GuestKind, string>;
  limits: SandboxLimits;
}

/** One turn of a runner. `run` executes the items in order in a fresh context, `check` only compiles the sources. */
export type TurnRequest =
  | { type: 'run'; guest: GuestKind; hookId: string; sources: string[]; items: SandboxItem[] }
  | { type: 'check'; guest: GuestKind; sources: string[] };

/** A source that does not compile, by its index. */
export interface SourceFault {
  index: number;
  line: number | null;
  message: string;
}

export interface TurnFailure {
  /** The item that failed; null when the sources failed before any item, and so for all of them. */
  index: number | null;
  kind: SandboxFailureKind;
  message: string;
  /** Index of the source that the message is about, where one is to blame. */
  at?: number;
  /** The script ignores termination: only the end of the process ends it. */
  stuck: boolean;
}

/**
 * How a turn ended. `finished`: every item has its outcome. `stopped`: the rest needs a fresh context; `slow` when it
 * stopped because the turn's CPU time was used up. `failed`: one item broke a limit, the others without outcome may run again.
 */
export type TurnEnd =
  | { reason: 'finished' }
  | { reason: 'stopped'; slow: boolean }
  | { reason: 'failed'; failure: TurnFailure }
  | { reason: 'checked'; faults: SourceFault[] };

/** `outcomes` carries a JSON array of guest outcomes, for the items that follow those already reported. */
export type RunnerMessage =
  | { type: 'ready' }
  | { type: 'outcomes'; text: string }
  | { type: 'end'; end: TurnEnd; cpuMs: number; rssMib: number };

/** What a guest says of one item, once parsed; it comes from where user code runs, so nothing is taken on trust. */
export interface GuestOutcome {
  ok: boolean;
  /** Rendered texts, in the order of the templates. */
  values?: string[];
  value?: unknown;
  kind?: string;
  message?: string;
  /** Which source the message is about. */
  at?: number;
  logs?: [string, string][];
}
