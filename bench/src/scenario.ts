import type { ProcessGroup } from './processes.ts';
import type { Publisher } from './publisher.ts';
import type { Receiver } from './receivers/receiver.ts';
import type { Stack, StackOptions } from './stack.ts';

/** `ratio` and `/s`: more is better; the others: less is. Ratios are what `--check` guards. */
export type Unit = 'ratio' | '/s' | 'ms' | 'µs' | 'B' | 'MiB' | 'commands';

export interface FigureMeaning {
  unit: Unit;
  /** At least this, or at most where less is better. */
  target?: number;
}

/** Figures by the names that the scenario's `figures` explain. */
export type Figures = Record<string, number>;

/** The means of a scenario: the product's processes, and a receiver. */
export interface Bench {
  /** `--events`, or the scenario's own number. */
  events: number;
  stack: Stack;
  receiver: Receiver;
  publisher: Publisher;
  /** Processes that a scenario needs beside those. They are stopped with all others. */
  group: ProcessGroup;
  /** A directory for their files, which is removed at the end. */
  dir: string;
  /** Aborted when the run is to end. */
  signal: AbortSignal;
  /** Deliveries per second of the raw undici loop now, at most 20,000. */
  measureRaw(): Promise<number>;
}

export interface Scenario {
  summary: string;
  stack: StackOptions;
  events: number;
  /** Default of `--rounds`. */
  rounds: number;
  figures: Record<string, FigureMeaning>;
  /** Makes what every round needs, and warms up. */
  prepare(bench: Bench): Promise<void>;
  round(bench: Bench): Promise<Figures>;
}
