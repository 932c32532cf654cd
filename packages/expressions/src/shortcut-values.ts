import { ExactNumber, isJsonObject } from '@eventhooks/contract';
import { charactersPerStep } from './limits.ts';
import type { Meter } from './meter.ts';

/** The answer of a shortcut that does not know. The library evaluates the whole expression then. */
export const unsure: unique symbol = Symbol('unsure');

/** Elements of a list, or fields of a map, that a shortcut looks through. */
const mostParts = 100;
const integer = /^-?\d+$/;

/**
 * A number whose JavaScript value compares with others as the language's value does: a safe integer is an int, and what is no integer
 * a double. Larger integers keep digits in the language that JavaScript's number has lost.
 */
export function isPlainNumber(value: unknown): value is number {
  return typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
}

/** JSON as it is compared: text, bool, null or a plain number; `unsure` for everything else. */
export function toComparable(json: unknown): string | boolean | null | number | typeof unsure {
  if (typeof json === 'string' || typeof json === 'boolean' || json === null || isPlainNumber(json)) return json;
  // A double that is written otherwise than JavaScript writes it, such as `10.50`.
  return json instanceof ExactNumber && !integer.test(json.source) ? json.valueOf() : unsure;
}

/** The field of a JSON object. A missing one is an error, which the library words. */
export function readField(json: unknown, field: string): unknown {
  return isJsonObject(json) && Object.hasOwn(json, field) ? json[field] : unsure;
}

/** Spends what comparing or searching a value costs at most. @returns false where that is too much for a shortcut to say. */
export function chargeJson(json: unknown, meter: Meter): boolean {
  if (Array.isArray(json)) return json.length <= mostParts && chargeParts(json, meter);
  if (!isJsonObject(json)) return meter.spend(costOf(json));
  const parts = Object.values(json);
  return parts.length <= mostParts && chargeParts(parts, meter);
}

function chargeParts(parts: readonly unknown[], meter: Meter): boolean {
  return parts.every((part) => !isNested(part) && meter.spend(costOf(part))) && meter.spend(1);
}

function isNested(json: unknown): boolean {
  return Array.isArray(json) || isJsonObject(json);
}

function costOf(json: unknown): number {
  return typeof json === 'string' ? 2 + json.length / charactersPerStep : 1;
}
