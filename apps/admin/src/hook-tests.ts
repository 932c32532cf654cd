import { setTimeout as sleep } from 'node:timers/promises';
import { type HookTestRequest, type HookTestResult, JsonText, messageOf, stringifyExact } from '@eventhooks/contract';
import {
  type ChangeListener,
  type Database,
  deleteHookTest,
  type HookTestText,
  insertHookTest,
  type Keyring,
  newId,
  readHookTestResult,
} from '@eventhooks/database';
import type { EventQueue } from '@eventhooks/queue';

export interface HookTester {
  /** Has a worker run the hook's handler now, and waits for the result; `{ ok: false }` says why there is none. */
  run(request: HookTestRequest): Promise<{ ok: true; result: HookTestResult } | { ok: false; reason: string }>;
}

/** A hook test that no worker has answered after this time is given up. */
const defaultDeadlineMs = 30_000;
/** An answer whose notification was lost is looked for at this interval. */
const lookAgainMs = 1_000;

export function createHookTester(options: {
  database: Database;
  queue: EventQueue;
  listener: ChangeListener;
  keyring: Keyring;
  answerDeadlineMs?: number;
}): HookTester {
  const { database, queue, listener, keyring, answerDeadlineMs = defaultDeadlineMs } = options;
  return {
    async run(request) {
      const id = newId();
      const answered = Promise.withResolvers<void>();
      const unsubscribe = listener.subscribe((change) => {
        if (change.kind === 'hook_test' && change.id === id) answered.resolve();
      });
      try {
        await insertHookTest(database.pool, keyring, id, printRequest(request));
        await queue.enqueueHookTest(id);
        const deadline = Date.now() + answerDeadlineMs;
        while (Date.now() < deadline) {
          await Promise.race([answered.promise, sleep(lookAgainMs)]);
          const result = await readHookTestResult(database.pool, keyring, id);
          if (result !== null) return readResult(result);
        }
        return { ok: false, reason: `no worker answered within ${answerDeadlineMs / 1000} s; is one running?` };
      } catch (error) {
        return {
          ok: false,
          reason: `the queue does not take it: ${messageOf(error)}`,
        };
      } finally {
        unsubscribe();
        await deleteHookTest(database.pool, id).catch(() => undefined);
      }
    },
  };
}

/** `data` as an object, for workers of any version. */
function printRequest({ dataText, ...request }: HookTestRequest): string {
  return stringifyExact({ ...request, data: new JsonText(dataText) });
}

function readResult(answer: HookTestText): Awaited<ReturnType<HookTester['run']>> {
  if (answer.ok) return { ok: true, result: JSON.parse(answer.text) as HookTestResult };
  return { ok: false, reason: 'the worker has other EVENTHOOKS_SECRET_KEYS than this admin' };
}
