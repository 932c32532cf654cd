import type { SandboxLimits } from './limits.ts';
import type { SandboxFailureKind, SandboxItem } from './types.ts';

/** The languages that guests speak. Each has a bundle and a snapshot of its own. */
export type GuestKind = 'template' | 'lua' | 'javascript';

/** The first message to a runner: its own code and the guests'. The runner reads no file but isolated-vm's. */
export interface BootMessage {
  runnerCode: string;
  isolatedVmPath: string;
  guestCode: Record<GuestKind, string>;
  limits: SandboxLimits;
}

/** A task for a runner. `run` executes the items in order in a fresh context, `check` only compiles the sources. */
export type TaskRequest =
  | { type: 'run'; guest: GuestKind; hookId: string; sources: string[]; items: SandboxItem[] }
  | { type: 'check'; guest: GuestKind; sources: string[] };

/** A source that does not compile, by its index. */
export interface SourceFault {
  index: number;
  line: number | null;
  message: string;
}

export interface TaskFailure {
  /** The item that failed; null when the sources failed, and with them all items. */
  index: number | null;
  kind: SandboxFailureKind;
  message: string;
  /** The index of the source at fault, if one is. */
  at?: number;
  /** True when the script ignores termination, so that only killing the process ends it. */
  stuck: boolean;
}

/**
 * How a task ended.
 * - `finished`: every item has its outcome.
 * - `stopped`: the rest needs a fresh context. `slow` when the task's CPU time was used up.
 * - `failed`: one item broke a limit. The others without an outcome may run again.
 */
export type TaskEnd =
  | { reason: 'finished' }
  | { reason: 'stopped'; slow: boolean }
  | { reason: 'failed'; failure: TaskFailure }
  | { reason: 'checked'; faults: SourceFault[] };

/** `outcomes` carries a JSON array of guest outcomes, for the items that follow those already reported. */
export type RunnerMessage =
  | { type: 'ready' }
  | { type: 'outcomes'; text: string }
  | { type: 'end'; end: TaskEnd; cpuMs: number; rssMib: number };

/** A guest's parsed report on one item. User code runs beside the guest, so no field can be trusted. */
export interface GuestOutcome {
  ok: boolean;
  /** Rendered texts, in the order of the templates. */
  values?: string[];
  value?: unknown;
  kind?: string;
  message?: string;
  /** The index of the source that the message is about. */
  at?: number;
  logs?: [string, string][];
}
