import type { Hook } from './hook.ts';
import type { JsonValue } from './json.ts';

/** A ping or a test on its way to a worker: the handler runs at once, past snooze and on_change, and nothing is recorded. */
export interface HookTestRequest {
  hook: Hook;
  source: string;
  event: string;
  /** JSON text of an object, or of a list of objects, which go together as one batch. */
  dataText: string;
}

/** A request as it was sent. */
export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

export type HookTestOutcome =
  /** `errorCode` is the kind of failure by which an attempt with this response fails; absent when it succeeds. */
  | { kind: 'response'; status: number; headers: Record<string, string>; body: string; errorCode?: string }
  | { kind: 'value'; value: JsonValue }
  /** `code` is a kind of failure (see @eventhooks/delivery). */
  | { kind: 'failure'; code: string; message: string };

export interface HookTestResult {
  /** Null when the handler sends nothing, or failed before it could. */
  request: SentRequest | null;
  outcome: HookTestOutcome;
  /** Absent from workers of the release before. */
  durationMs?: number;
  /** Lines that a lambda logged. */
  logs?: { level: string; message: string }[];
}
