import type { ExactObject, JsonText } from '@eventhooks/contract';

/**
 * A value that may be answered where the contract says T: printing changes nothing, and an object may be JSON text already, or exact
 * values, which keep the digits of numbers.
 */
export type Answerable<T> = T extends readonly (infer Item)[]
  ? readonly Answerable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Answerable<T[K]> } | JsonText | ExactObject
    : T;
