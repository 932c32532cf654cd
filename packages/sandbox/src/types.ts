/** A parsed JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Why a run gave no result.
 * - `timeout`, `memory`, `output`: it broke that limit.
 * - `syntax`: the source does not compile.
 * - `runtime`: it raised an error, or failed on purpose.
 * - `runner_lost`: its runner died without saying why, twice.
 */
export const SANDBOX_FAILURE_KINDS = ['timeout', 'memory', 'output', 'syntax', 'runtime', 'runner_lost'] as const;
export type SandboxFailureKind = (typeof SANDBOX_FAILURE_KINDS)[number];

/** `id` names the hook. A new `revision` means that its templates or functions may have changed. */
export interface HookKey {
  id: string;
  revision: string;
}

/** One event to run user code on. `data` is the JSON text of its data object. */
export interface SandboxItem {
  data: string;
  event: string;
  source: string;
}

/** The parts of a custom webhook that may hold templates. A part whose `*Format` is false is passed through. */
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

/** The names of nginx's log levels, which `kong.log` and `ngx.log` use. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warn', 'err', 'crit', 'alert', 'emerg'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine {
  level: LogLevel;
  message: string;
}

/** A failed run keeps its log lines, unless it broke `timeout` or `memory`: those end the isolate that holds them. */
export type LambdaOutcome = { ok: true; value: JsonValue; logs: LogLine[] } | (SandboxFailure & { logs: LogLine[] });

/** The place of a source in a hook's `config`: `['payload', 'blocks', 0, 'text']`, `['body']`, `['functions', 0]`. */
export type FieldPath = (string | number)[];

/** A source that does not compile. `line` counts from 1. */
export interface TemplateFault {
  path: FieldPath;
  line: number | null;
  message: string;
}

export interface SandboxStats {
  /** Processes alive now. */
  runners: number;
  /** Processes that run user code now. */
  busy: number;
  /** Tasks waiting for a runner. */
  queued: number;
  /** Hooks that overran lately and therefore use the slow runner. */
  slowHooks: number;
  /** Runners since the start: killed because a script would not end, died by themselves, replaced after their term. */
  killed: number;
  lost: number;
  recycled: number;
}
