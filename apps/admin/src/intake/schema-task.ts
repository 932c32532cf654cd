import type { Fault } from '@eventhooks/contract';

/** Documents to be checked against one schema; without documents the schema is only compiled. */
export interface SchemaTask {
  /** JSON text, as are the documents. */
  schema: string;
  documents: string[];
}

export type SchemaTaskResult =
  /** The faults of each document, in their order; `cpuMs` is what the thread took. */
  | { ok: true; faults: Fault[][]; cpuMs: number }
  /** Why the schema cannot be compiled. */
  | { ok: false; message: string; cpuMs: number };
