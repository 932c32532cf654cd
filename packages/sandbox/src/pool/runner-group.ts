import type { TaskRequest } from '../protocol.ts';
import type { TaskResult } from './runner-process.ts';
import { closedResult, type RunnerSupervisor } from './runner-supervisor.ts';

export interface Task {
  /** Tasks of one hook prefer the same runner, where its isolate is warm. */
  hookId: string;
  request: TaskRequest;
  onOutcomes(text: string): void;
}

export interface RunnerGroup {
  run(task: Task): Promise<TaskResult>;
  /** How many tasks wait: all of them, or those of one hook. */
  queued(hookId?: string): number;
  runners(): number;
  busy(): number;
  close(): Promise<void>;
}

interface QueuedTask {
  task: Task;
  resolve(result: TaskResult): void;
}

/**
 * Runners with one queue: first come, first served. A runner has one task at a time, so that one that dies takes only
 * that task with it.
 */
export function createRunnerGroup(supervisors: readonly RunnerSupervisor[]): RunnerGroup {
  const queue: QueuedTask[] = [];
  const running = new Set<Promise<void>>();
  let isClosed = false;

  /** The hook's own runner, or any other that is free. */
  function chooseRunner({ hookId }: Task): RunnerSupervisor | undefined {
    const own = supervisors[hashText(hookId) % supervisors.length];
    return own?.isBusy() === false ? own : supervisors.find((supervisor) => !supervisor.isBusy());
  }

  function startQueued(): void {
    for (;;) {
      const [next] = queue;
      const supervisor = next === undefined ? undefined : chooseRunner(next.task);
      if (next === undefined || supervisor === undefined) return;
      queue.shift();
      const run = runOn(supervisor, next).finally(() => running.delete(run));
      running.add(run);
    }
  }

  async function runOn(supervisor: RunnerSupervisor, { task, resolve }: QueuedTask): Promise<void> {
    resolve(await supervisor.run(task.request, task.onOutcomes));
    startQueued();
  }

  return {
    async run(task) {
      if (isClosed) return closedResult;
      const { promise, resolve } = Promise.withResolvers<TaskResult>();
      queue.push({ task, resolve });
      startQueued();
      return promise;
    },
    queued: (hookId) =>
      hookId === undefined ? queue.length : queue.filter(({ task }) => task.hookId === hookId).length,
    runners: () => supervisors.filter((supervisor) => supervisor.hasRunner()).length,
    busy: () => supervisors.filter((supervisor) => supervisor.isBusy()).length,
    async close() {
      isClosed = true;
      for (const { resolve } of queue.splice(0)) resolve(closedResult);
      await Promise.all(supervisors.map((supervisor) => supervisor.close()));
      await Promise.all(running);
    },
  };
}

function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (hash * 31 + text.charCodeAt(index)) >>> 0;
  return hash;
}
