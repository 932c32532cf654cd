import type { ExactValue } from './exact-json.ts';

/** One step of a path: to a field, to an item, to all fields or items, or to a field at any depth below. */
export type RedactStep =
  | { kind: 'field'; name: string }
  | { kind: 'item'; index: number }
  | { kind: 'all' }
  | { kind: 'descend'; name: string };

export const REDACTED = '[redacted]';

const STEP =
  /^(?:\.\.(?<descend>[\p{L}_][\p{L}\p{N}_-]*)|\.(?<field>[\p{L}_][\p{L}\p{N}_-]*)|(?<all>\.\*|\[\*\])|\[(?<index>\d{1,6})\]|\['(?<single>[^'\\]+)'\]|\["(?<double>[^"\\]+)"\])/u;
const MAX_STEPS = 16;

/**
 * Reads a redaction path, a subset of RFC 9535 (JSONPath): `$`, then `.name`, `['name']`, `[0]`, `[*]`, `.*` and `..name`.
 * Filters, slices, unions and negative indexes are left out, and `..` is allowed once, so that no path is expensive to match.
 *
 * @returns null for any other text, for more than 16 steps, and for a path that begins with neither `headers`, `body` nor `..`.
 */
export function parseRedactPath(path: string): RedactStep[] | null {
  if (!path.startsWith('$')) return null;
  const steps: RedactStep[] = [];
  for (let rest = path.slice(1); rest !== ''; ) {
    const match = STEP.exec(rest);
    if (match === null || steps.length === MAX_STEPS) return null;
    steps.push(stepOf(match.groups ?? {}));
    rest = rest.slice(match[0].length);
  }
  if (steps.filter(({ kind }) => kind === 'descend').length > 1) return null;
  const [first] = steps;
  const isRooted = first?.kind === 'descend' || (first?.kind === 'field' && /^(headers|body)$/.test(first.name));
  return isRooted ? steps : null;
}

function stepOf(groups: Record<string, string | undefined>): RedactStep {
  if (groups.descend !== undefined) return { kind: 'descend', name: groups.descend };
  if (groups.all !== undefined) return { kind: 'all' };
  if (groups.index !== undefined) return { kind: 'item', index: Number(groups.index) };
  return { kind: 'field', name: groups.field ?? groups.single ?? groups.double ?? '' };
}

/** A copy of `value` with `[redacted]` at every place that a path leads to. Names of fields are compared case-sensitively. */
export function redactValue(value: ExactValue, paths: readonly (readonly RedactStep[])[]): ExactValue {
  return paths.reduce((current, path) => redactAt(current, path), value);
}

function redactAt(value: ExactValue, path: readonly RedactStep[]): ExactValue {
  const [step, ...rest] = path;
  if (step === undefined) return REDACTED;
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      if (step.kind === 'descend') return redactAt(item, path);
      return step.kind === 'all' || (step.kind === 'item' && step.index === index) ? redactAt(item, rest) : item;
    });
  }
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([name, item]): [string, ExactValue] => {
    // Publishing bounds the depth of a document, and so this recursion.
    const below = step.kind === 'descend' ? redactAt(item, path) : item;
    const leadsOn = step.kind === 'all' || ((step.kind === 'field' || step.kind === 'descend') && step.name === name);
    return [name, leadsOn ? redactAt(below, rest) : below];
  });
  return new Map(entries);
}
