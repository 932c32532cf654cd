import type { ExactObject, JsonText } from '@eventhooks/contract';

/**
 * A value that may be sent where the contract says T: it prints as T does, but an object may already be JSON text, or hold exact
 * values that keep the digits of numbers.
 */
export type Answerable<T> = T extends readonly (infer Item)[]
  ? readonly Answerable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Answerable<T[K]> } | JsonText | ExactObject
    : T;
