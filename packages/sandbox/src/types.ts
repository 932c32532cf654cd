/** What JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Why a run gave no result. `timeout`, `memory` and `output` are broken limits; `syntax` does not compile; `runtime`
 * raised an error or failed on purpose; `runner_lost` means that the process running it died without saying why, twice.
 */
export const SANDBOX_FAILURE_KINDS = ['timeout', 'memory', 'output', 'syntax', 'runtime', 'runner_lost'] as const;
export type SandboxFailureKind = (typeof SANDBOX_FAILURE_KINDS)[number];

/** `id` names the hook; a new `revision` means that its templates or functions may have changed. */
export interface HookKey {
  id: string;
  revision: string;
}

/** One event; `data` is the JSON text of its data object. */
export interface SandboxItem {
  data: string;
  event: string;
  source: string;
}

/** The parts of a custom webhook that may hold templates. Where a `*Format` is false its part is passed through. */
export interface CustomTemplates {
  payload: Record<string, unknown> | null;
  payloadFormat: boolean;
  body: string | null;
  bodyFormat: boolean;
  headers: Record<string, string>;
  headersFormat: boolean;
}

export interface RenderedRequest {
  payload: Record<string, unknown> | null;
  body: string | null;
  headers: Record<string, string>;
}

export interface SandboxFailure {
  ok: false;
  kind: SandboxFailureKind;
  message: string;
}

export type RenderOutcome = { ok: true; rendered: RenderedRequest } | SandboxFailure;

export type LambdaLanguage = 'lua' | 'javascript';

/** nginx's names, as `kong.log` and `ngx.log` have them. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warn', 'err', 'crit', 'alert', 'emerg'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine {
  level: LogLevel;
  message: string;
}

/** A failed run keeps what it had logged, unless it broke `timeout` or `memory`: those take the isolate with them. */
export type LambdaOutcome = { ok: true; value: JsonValue; logs: LogLine[] } | (SandboxFailure & { logs: LogLine[] });

/** Where a source stands below a hook's `config`: `['payload', 'blocks', 0, 'text']`, `['body']`, `['functions', 0]`. */
export type FieldPath = (string | number)[];

/** A source that does not compile; `line` counts from 1. */
export interface TemplateFault {
  path: FieldPath;
  line: number | null;
  message: string;
}

export interface SandboxStats {
  /** Processes alive now. */
  runners: number;
  /** Of these, running user code now. */
  busy: number;
  /** Batches waiting for a runner. */
  queued: number;
  /** Hooks that overran lately and therefore share the slow runner. */
  slowHooks: number;
  /** Since the start: killed because a script would not end, died by themselves, replaced after their term. */
  killed: number;
  lost: number;
  recycled: number;
}
