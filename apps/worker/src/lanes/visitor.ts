import { setTimeout as sleep } from 'node:timers/promises';

export interface Visitor {
  /** Has the hook visited with these keys among others. Resolves once that visit has ended, also with an error. */
  visit(hookId: string, keys: { keys?: Iterable<string>; freeKeys?: Iterable<string> }): Promise<void>;
  visitLater(hookId: string, afterMs: number): void;
  stop(): void;
}

export interface VisitorOptions {
  claim(hookId: string, keys: string[], freeKeys: string[]): Promise<void>;
  onError: (error: Error) => void;
  /** Keys per visit. */
  mostKeys: number;
}

/** The next visit of a hook: it gathers keys while another one is under way. */
interface NextVisit {
  keys: Set<string>;
  freeKeys: Set<string>;
  ended: Promise<void>;
}

/** Visits hooks, each hook one visit at a time, so that what comes meanwhile is gathered for the next one. */
export function createVisitor({ claim, onError, mostKeys }: VisitorOptions): Visitor {
  const next = new Map<string, NextVisit>();
  const running = new Map<string, Promise<void>>();
  const later = new Set<string>();
  let isStopped = false;

  const run = async (hookId: string, before: Promise<void> | undefined): Promise<void> => {
    await before;
    const visit = next.get(hookId);
    next.delete(hookId);
    if (!visit || isStopped) return;
    const freeKeys = [...visit.freeKeys];
    const keys = [...visit.keys].filter((key) => !visit.freeKeys.has(key));
    do {
      await claim(hookId, keys.splice(0, mostKeys), freeKeys.splice(0, mostKeys));
    } while (!isStopped && (keys.length > 0 || freeKeys.length > 0));
  };
  const begin = (hookId: string): NextVisit => {
    const ended = run(hookId, running.get(hookId))
      .catch(onError)
      .finally(() => {
        if (running.get(hookId) === ended) running.delete(hookId);
      });
    running.set(hookId, ended);
    const visit = { keys: new Set<string>(), freeKeys: new Set<string>(), ended };
    next.set(hookId, visit);
    return visit;
  };
  const visit: Visitor['visit'] = (hookId, { keys = [], freeKeys = [] }) => {
    if (isStopped) return Promise.resolve();
    const gathered = next.get(hookId) ?? begin(hookId);
    for (const key of keys) gathered.keys.add(key);
    for (const key of freeKeys) gathered.freeKeys.add(key);
    return gathered.ended;
  };
  const visitLater = async (hookId: string, afterMs: number): Promise<void> => {
    if (later.has(hookId)) return;
    later.add(hookId);
    await sleep(afterMs, undefined, { ref: false });
    later.delete(hookId);
    await visit(hookId, {});
  };
  return {
    visit,
    visitLater: (hookId, afterMs) => void visitLater(hookId, afterMs),
    stop() {
      isStopped = true;
    },
  };
}
