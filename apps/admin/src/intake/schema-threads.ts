import { Worker } from 'node:worker_threads';
import type { SchemaTask, SchemaTaskResult } from './schema-task.ts';

/** How a task ended; `lost` is a thread that was ended, or that ran out of memory. */
export type ThreadOutcome = SchemaTaskResult | { ok: false; lost: true };

export interface SchemaThread {
  /** Runs one task at a time. Its time begins when the thread is ready for it. Never rejects. */
  run(task: SchemaTask, deadlineMs: number): Promise<{ outcome: ThreadOutcome; elapsedMs: number }>;
  end(): Promise<void>;
}

/** Bounds what compiled schemas and one request's documents may take. */
const maxHeapMb = 256;
const source = new URL('./schema-thread.ts', import.meta.url);

/** A thread that is replaced by a fresh one when a task exceeds its deadline. It does not keep the process alive. */
export function startSchemaThread(): SchemaThread {
  let current: Promise<Worker> = startWorker();
  return {
    async run(task, deadlineMs) {
      const worker = await current.catch(() => null);
      const startedAt = performance.now();
      const outcome = worker === null ? lost : await runOn(worker, task, deadlineMs);
      const elapsedMs = performance.now() - startedAt;
      if (worker === null || outcome === lost) {
        current = startWorker();
        current.catch(() => undefined);
        await worker?.terminate();
      }
      return { outcome, elapsedMs };
    },
    async end() {
      const worker = await current.catch(() => null);
      await worker?.terminate();
    },
  };
}

const lost = { ok: false, lost: true } as const;

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
  const onExit = (): void => end(lost);
  const timer = setTimeout(onExit, deadlineMs);
  worker.on('message', end).on('exit', onExit);
  worker.postMessage(task);
  return promise;
}
