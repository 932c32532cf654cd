import type { SandboxLimits } from './limits.ts';
import type { GuestOutcome } from './protocol.ts';
import { findBrokenHeader, printFieldPath, type TemplateFields } from './template-fields.ts';
import {
  type FieldPath,
  type JsonValue,
  type LambdaOutcome,
  LOG_LEVELS,
  type LogLine,
  type RenderOutcome,
  SANDBOX_FAILURE_KINDS,
  type SandboxFailure,
} from './types.ts';

/**
 * User code runs beside the guest, so every field of its outcomes is checked. Texts for people are made storable: PostgreSQL
 * takes neither NUL nor half a surrogate pair.
 */
export function readRenderOutcome(outcome: GuestOutcome, fields: TemplateFields, limits: SandboxLimits): RenderOutcome {
  if (!outcome.ok) return readFailure(outcome, (at) => fields.paths[at], limits);
  const { values } = outcome;
  if (
    !Array.isArray(values) ||
    values.length !== fields.sources.length ||
    !values.every((value) => typeof value === 'string')
  ) {
    return { ok: false, kind: 'runtime', message: 'the result cannot be read' };
  }
  return refuseBrokenHeaders({ ok: true, rendered: fields.fill(values) });
}

export function refuseBrokenHeaders(outcome: RenderOutcome): RenderOutcome {
  const broken = outcome.ok ? findBrokenHeader(outcome.rendered.headers) : null;
  if (broken === null) return outcome;
  return { ok: false, kind: 'runtime', message: `headers.${broken}: the value has a line break or a NUL character` };
}

export function readLambdaOutcome(outcome: GuestOutcome, limits: SandboxLimits): LambdaOutcome {
  const logs = readLogs(outcome.logs, limits);
  if (!outcome.ok) return { ...readFailure(outcome, (at) => ['functions', at], limits), logs };
  if (!isWithinDepth(outcome.value, maxResultDepth)) {
    return { ok: false, kind: 'output', message: `the result nests deeper than ${maxResultDepth} levels`, logs };
  }
  // Parsed from JSON text, so that it is a JSON value.
  return { ok: true, value: (outcome.value ?? null) as JsonValue, logs };
}

/** Twice the depth of an event. A result within it can be walked recursively. */
const maxResultDepth = 64;

function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isWithinDepth(member, levels - 1));
}

function readFailure(
  { kind, message, at }: GuestOutcome,
  pathOf: (at: number) => FieldPath | undefined,
  limits: SandboxLimits,
): SandboxFailure {
  const known = SANDBOX_FAILURE_KINDS.find((name) => name === kind) ?? 'runtime';
  const path = typeof at === 'number' ? pathOf(at) : undefined;
  const text = typeof message === 'string' ? message : 'the run failed';
  return {
    ok: false,
    kind: known,
    message: toPlainText(path === undefined ? text : `${printFieldPath(path)}: ${text}`, limits.errorChars),
  };
}

function readLogs(lines: unknown, limits: SandboxLimits): LogLine[] {
  if (!Array.isArray(lines)) return [];
  return lines.slice(0, limits.logLines + 1).flatMap((line: unknown): LogLine[] => {
    const [name, message]: unknown[] = Array.isArray(line) ? line : [];
    const level = LOG_LEVELS.find((known) => known === name);
    if (level === undefined || typeof message !== 'string') return [];
    return [{ level, message: toPlainText(message, limits.logChars) }];
  });
}

function toPlainText(text: string, maxChars: number): string {
  return text.slice(0, maxChars).toWellFormed().replaceAll('\0', '\uFFFD');
}
