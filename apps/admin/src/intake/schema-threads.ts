import { Worker } from 'node:worker_threads';
import type { SchemaTask, SchemaTaskResult } from './schema-task.ts';

/** How a task ended; `lost` is a thread that was ended, or that ran out of memory. */
export type ThreadOutcome = SchemaTaskResult | { ok: false; lost: true; cpuMs: number };

export interface SchemaThread {
  /** Runs one task at a time. Its deadline begins when the thread is ready for it. Never rejects. */
  run(task: SchemaTask): Promise<ThreadOutcome>;
  end(): Promise<void>;
}

/** The time to check the documents of one task. */
const checkDeadlineMs = 1_000;
/** A longer time for a schema that the thread has not compiled yet: two thousand subschemas take about a second. */
const compileDeadlineMs = 5_000;
/** The number of schemas that a thread is assumed to have compiled: it keeps as many. */
const maxKnown = 100;
/** Bounds what compiled schemas and one request's documents may take. */
const maxHeapMb = 256;
const source = new URL('./schema-thread.ts', import.meta.url);

/** A thread that is replaced by a fresh one when a task exceeds its deadline. It does not keep the process alive. */
export function startSchemaThread(): SchemaThread {
  let current: Promise<Worker> = startWorker();
  const known = new Set<string>();
  return {
    async run(task) {
      const worker = await current.catch(() => null);
      const deadlineMs = checkDeadlineMs + (known.has(task.schema) ? 0 : compileDeadlineMs);
      const outcome = worker === null ? lost(0) : await runOn(worker, task, deadlineMs);
      if ('lost' in outcome) {
        known.clear();
        current = startWorker();
        current.catch(() => undefined);
        await worker?.terminate();
      } else if (known.add(task.schema).size > maxKnown) known.clear();
      return outcome;
    },
    async end() {
      const worker = await current.catch(() => null);
      await worker?.terminate();
    },
  };
}

function lost(cpuMs: number): ThreadOutcome {
  return { ok: false, lost: true, cpuMs };
}

/** Resolves when it has loaded what it needs. */
function startWorker(): Promise<Worker> {
  const worker = new Worker(source, {
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  worker.unref();
  const { promise, resolve, reject } = Promise.withResolvers<Worker>();
  worker.once('message', () => resolve(worker));
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('the schema thread ended')));
  return promise;
}

function runOn(worker: Worker, task: SchemaTask, deadlineMs: number): Promise<ThreadOutcome> {
  const { promise, resolve } = Promise.withResolvers<ThreadOutcome>();
  const end = (outcome: ThreadOutcome): void => {
    clearTimeout(timer);
    worker.off('message', end).off('exit', onExit);
    resolve(outcome);
  };
  const startedAt = performance.now();
  const onExit = (): void => end(lost(performance.now() - startedAt));
  const timer = setTimeout(onExit, deadlineMs);
  worker.on('message', end).on('exit', onExit);
  worker.postMessage(task);
  return promise;
}
