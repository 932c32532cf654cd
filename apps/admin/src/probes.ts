import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeRequest, ProbeResult } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
  deleteProbe,
  insertProbe,
  type Keyring,
  newId,
  type ProbeText,
  readProbeResult,
} from '@eventhooks/database';
import type { EventQueue } from '@eventhooks/queue';

export interface ProbeClient {
  /** Has a worker run the hook's handler now, and waits for the result; `{ ok: false }` says why there is none. */
  run(request: ProbeRequest): Promise<{ ok: true; result: ProbeResult } | { ok: false; reason: string }>;
}

/** A probe that no worker answered by then is given up. */
const defaultDeadlineMs = 30_000;
/** Should the notification of the answer be lost, it is found this often. */
const lookAgainMs = 1_000;

export function createProbeClient(options: {
  database: Database;
  queue: EventQueue;
  listener: ChangeListener;
  keyring: Keyring;
  answerDeadlineMs?: number;
}): ProbeClient {
  const { database, queue, listener, keyring, answerDeadlineMs = defaultDeadlineMs } = options;
  return {
    async run(request) {
      const id = newId();
      const answered = Promise.withResolvers<void>();
      const unsubscribe = listener.subscribe((subject) => {
        if (subject === `probe:${id}`) answered.resolve();
      });
      try {
        await insertProbe(database.pool, keyring, id, JSON.stringify(request));
        await queue.offerProbe(id);
        const deadline = Date.now() + answerDeadlineMs;
        while (Date.now() < deadline) {
          await Promise.race([answered.promise, sleep(lookAgainMs)]);
          const result = await readProbeResult(database.pool, keyring, id);
          if (result !== null) return readResult(result);
        }
        return { ok: false, reason: `no worker answered within ${answerDeadlineMs / 1000} s; is one running?` };
      } catch (error) {
        return {
          ok: false,
          reason: `the queue does not take it: ${error instanceof Error ? error.message : String(error)}`,
        };
      } finally {
        unsubscribe();
        await deleteProbe(database.pool, id).catch(() => undefined);
      }
    },
  };
}

function readResult(answer: ProbeText): Awaited<ReturnType<ProbeClient['run']>> {
  if (answer.ok) return { ok: true, result: JSON.parse(answer.text) as ProbeResult };
  return { ok: false, reason: 'the worker has other EVENTHOOKS_SECRET_KEYS than this admin' };
}
