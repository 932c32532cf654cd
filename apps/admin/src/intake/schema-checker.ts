import type { Fault } from '@eventhooks/contract';
import type { SchemaTask } from './schema-task.ts';
import { type SchemaThread, startSchemaThread, type ThreadOutcome } from './schema-threads.ts';

/** The outcome of checking; without a result, `message` says why. */
export type SchemaOutcome<T> =
  | { ok: true; value: T }
  /** The schema cannot be compiled, or takes too long for these documents. */
  | { ok: false; kind: 'refused'; message: string }
  /** The workspace's schemas took too much time lately. */
  | { ok: false; kind: 'over_budget'; message: string };

/** Compiles and applies users' JSON Schemas where they cannot stall others: see docs/security.md. */
export interface SchemaChecker {
  compile(workspace: string, schema: string): Promise<SchemaOutcome<null>>;
  /** The faults of each document (JSON texts), in their order. */
  check(workspace: string, schema: string, documents: readonly string[]): Promise<SchemaOutcome<Fault[][]>>;
  close(): Promise<void>;
}

/** Each workspace has at most one, so a single workspace never makes others wait. */
const threadCount = 2;
/** Documents that share a deadline: at least one, and no more once they have this many characters. */
const chunkCharacters = 256 * 1024;
/** The time beyond the allowance that a workspace may take at once, and how much of it comes back per second. */
const burstMs = 5_000;
const regainedMsPerSecond = 100;
/** Time that costs a workspace nothing. */
const allowedMs = { task: 1, document: 0.05, kilobyte: 0.2 };
/** A thread that is ended costs its replacement. */
const lostThreadMs = 300;

export function createSchemaChecker(): SchemaChecker {
  const threads = createThreadQueue();
  const budget = createBudget();

  const run = async (workspace: string, task: SchemaTask): Promise<SchemaOutcome<Fault[][]>> => {
    if (!budget.isLeft(workspace)) return overBudget;
    const outcome = await threads.run(workspace, task);
    const isLost = 'lost' in outcome;
    budget.spend(workspace, outcome.cpuMs - allowanceOf(task) + (isLost ? lostThreadMs : 0));
    if (outcome.ok) return { ok: true, value: outcome.faults };
    const message = isLost ? 'takes too long, or too much memory' : outcome.message;
    return { ok: false, kind: 'refused', message };
  };
  return {
    async compile(workspace, schema) {
      const outcome = await run(workspace, { schema, documents: [] });
      return outcome.ok ? { ok: true, value: null } : outcome;
    },
    async check(workspace, schema, documents) {
      const faults: Fault[][] = [];
      for (const chunk of splitIntoChunks(documents)) {
        const outcome = await run(workspace, { schema, documents: chunk });
        if (!outcome.ok && outcome.kind === 'over_budget') return outcome;
        const fault = outcome.ok ? null : { path: [], message: `to check it against its schema ${outcome.message}` };
        faults.push(...(outcome.ok ? outcome.value : chunk.map(() => (fault === null ? [] : [fault]))));
      }
      return { ok: true, value: faults };
    },
    close: () => threads.close(),
  };
}

const overBudget = {
  ok: false,
  kind: 'over_budget',
  message: "The workspace's schemas take too long to check; simplify them, and try again later",
} as const;

function allowanceOf({ documents }: SchemaTask): number {
  const characters = documents.reduce((sum, { length }) => sum + length, 0);
  return allowedMs.task + allowedMs.document * documents.length + (allowedMs.kilobyte * characters) / 1024;
}

function splitIntoChunks(documents: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let characters = chunkCharacters;
  for (const document of documents) {
    if (characters >= chunkCharacters) {
      chunks.push([]);
      characters = 0;
    }
    chunks.at(-1)?.push(document);
    characters += document.length;
  }
  return chunks;
}

/** The time that each workspace took beyond its allowance; it decays steadily. */
function createBudget() {
  const spent = new Map<string, { ms: number; at: number }>();
  const spentBy = (workspace: string): number => {
    const { ms, at } = spent.get(workspace) ?? { ms: 0, at: 0 };
    return Math.max(0, ms - ((performance.now() - at) / 1_000) * regainedMsPerSecond);
  };
  return {
    isLeft: (workspace: string): boolean => spentBy(workspace) < burstMs,
    spend(workspace: string, ms: number): void {
      const total = spentBy(workspace) + Math.max(0, ms);
      if (total > 0) spent.set(workspace, { ms: total, at: performance.now() });
      else spent.delete(workspace);
    },
  };
}

interface QueuedTask {
  task: SchemaTask;
  resolve: (outcome: ThreadOutcome) => void;
}

/** Workspaces take turns, each with at most one task under way. Threads are started when first needed. */
function createThreadQueue() {
  const waiting = new Map<string, QueuedTask[]>();
  const running = new Set<string>();
  const idle: SchemaThread[] = [];
  const all: SchemaThread[] = [];

  const takeThread = (): SchemaThread | undefined => {
    const thread = idle.pop();
    if (thread !== undefined || all.length >= threadCount) return thread;
    const started = startSchemaThread();
    all.push(started);
    return started;
  };
  const takeWorkspace = (): string | undefined => [...waiting.keys()].find((workspace) => !running.has(workspace));
  const start = (): void => {
    const workspace = takeWorkspace();
    if (workspace === undefined) return;
    const thread = takeThread();
    const queue = waiting.get(workspace) ?? [];
    if (thread === undefined) return;
    const next = queue.shift();
    // To the end of the line.
    waiting.delete(workspace);
    if (queue.length > 0) waiting.set(workspace, queue);
    if (next !== undefined) void runOn(thread, workspace, next);
    start();
  };
  const runOn = async (thread: SchemaThread, workspace: string, { task, resolve }: QueuedTask) => {
    running.add(workspace);
    const outcome = await thread.run(task);
    running.delete(workspace);
    idle.push(thread);
    resolve(outcome);
    start();
  };
  return {
    run(workspace: string, task: SchemaTask) {
      const { promise, resolve } = Promise.withResolvers<ThreadOutcome>();
      waiting.set(workspace, [...(waiting.get(workspace) ?? []), { task, resolve }]);
      start();
      return promise;
    },
    async close(): Promise<void> {
      await Promise.all(all.map((thread) => thread.end()));
    },
  };
}
