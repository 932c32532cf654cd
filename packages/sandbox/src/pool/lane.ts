import type { TurnRequest } from '../protocol.ts';
import type { TurnResult } from './runner-process.ts';
import { CLOSED, type Slot } from './slot.ts';

export interface Turn {
  /** Turns of one hook prefer the same runner, where its isolate is warm. */
  hookId: string;
  request: TurnRequest;
  onOutcomes(text: string): void;
}

export interface Lane {
  take(turn: Turn): Promise<TurnResult>;
  /** Turns waiting, of one hook if named. */
  queued(hookId?: string): number;
  runners(): number;
  busy(): number;
  close(): Promise<void>;
}

interface Job {
  turn: Turn;
  resolve(result: TurnResult): void;
}

/** Slots with one queue, first come, first served; one turn at a time each, so that a dying runner holds that one turn. */
export function createLane(slots: readonly Slot[]): Lane {
  const queue: Job[] = [];
  const serving = new Set<Promise<void>>();
  let isClosed = false;

  /** The hook's own, or any other that is free. */
  function chooseSlot({ hookId }: Turn): Slot | undefined {
    const own = slots[hashText(hookId) % slots.length];
    return own?.isBusy() === false ? own : slots.find((slot) => !slot.isBusy());
  }

  function pump(): void {
    for (;;) {
      const [job] = queue;
      const slot = job === undefined ? undefined : chooseSlot(job.turn);
      if (job === undefined || slot === undefined) return;
      queue.shift();
      const served = serve(slot, job).finally(() => serving.delete(served));
      serving.add(served);
    }
  }

  async function serve(slot: Slot, { turn, resolve }: Job): Promise<void> {
    resolve(await slot.take(turn.request, turn.onOutcomes));
    pump();
  }

  return {
    async take(turn) {
      if (isClosed) return CLOSED;
      const { promise, resolve } = Promise.withResolvers<TurnResult>();
      queue.push({ turn, resolve });
      pump();
      return promise;
    },
    queued: (hookId) =>
      hookId === undefined ? queue.length : queue.filter(({ turn }) => turn.hookId === hookId).length,
    runners: () => slots.filter((slot) => slot.hasRunner()).length,
    busy: () => slots.filter((slot) => slot.isBusy()).length,
    async close() {
      isClosed = true;
      for (const { resolve } of queue.splice(0)) resolve(CLOSED);
      await Promise.all(slots.map((slot) => slot.close()));
      await Promise.all(serving);
    },
  };
}

function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (hash * 31 + text.charCodeAt(index)) >>> 0;
  return hash;
}
