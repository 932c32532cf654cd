import { parseLossless } from '@eventhooks/contract/exact-json';
import { InvalidArgumentError } from 'commander';
import { isRecord } from '../api.ts';

/** One `--set`: steps of keys and array indexes, and the value. */
export interface Assignment {
  path: readonly string[];
  value: unknown;
}

/** Reads `a.b[0].c=value`; the value is JSON if it parses as such, else text. */
export function parseAssignment(text: string, earlier: readonly Assignment[] = []): Assignment[] {
  const [, place = '', value = ''] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  const path = place.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  if (place === '' || path.includes('')) throw new InvalidArgumentError("expected 'a.b=value'");
  if (path.includes('__proto__')) throw new InvalidArgumentError('__proto__ is no field');
  return [...earlier, { path, value: parseValue(value) }];
}

function parseValue(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return text;
  }
}

/** Sets the value at its path, and creates the objects on the way. */
export function applyAssignment(data: Record<string, unknown>, { path, value }: Assignment): void {
  let target: Record<string, unknown> | unknown[] = data;
  for (const step of path.slice(0, -1)) {
    const next: unknown = read(target, step);
    const container: Record<string, unknown> | unknown[] = isRecord(next) || Array.isArray(next) ? next : {};
    write(target, step, container);
    target = container;
  }
  write(target, path.at(-1) ?? '', value);
}

function read(target: Record<string, unknown> | unknown[], step: string): unknown {
  if (Array.isArray(target)) return target[Number(step)];
  return Object.hasOwn(target, step) ? target[step] : undefined;
}

function write(target: Record<string, unknown> | unknown[], step: string, value: unknown): void {
  if (Array.isArray(target)) target[/^\d{1,4}$/.test(step) ? Number(step) : target.length] = value;
  else target[step] = value;
}
