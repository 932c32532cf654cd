import { setTimeout as sleep } from 'node:timers/promises';
import { processClock } from './clock.ts';
import type { Permit } from './grant.ts';
import { createOverdueWatch } from './overdue-watch.ts';
import { createPermitPool } from './permits.ts';

const grant = { hook: { id: 'h' } } as Permit['grant'];

/** Begins an attempt that is watched. */
function begin(watch: ReturnType<typeof createOverdueWatch>, onOverdue: () => void): Permit {
  const stalledBeforeMs = watch.stalledMs();
  const permit: Permit = {
    ok: true,
    grant,
    pool: createPermitPool(1),
    startedAt: performance.now(),
    stalledBeforeMs,
    onOverdue,
  };
  watch.begin(permit);
  return permit;
}

function blockProcess(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("the time in which this process was busy is not the endpoint's", async () => {
  const watch = createOverdueWatch(processClock);
  const permit = begin(watch, () => undefined);
  for (let count = 0; count < 4; count += 1) {
    blockProcess(300);
    await sleep(1);
  }
  expect(watch.elapsedMs(permit)).toBeLessThan(400);
  watch.end(permit);
});

test('an attempt that runs on while this process waits for it is overdue', async () => {
  const watch = createOverdueWatch(processClock);
  const overdue = new Promise<void>((resolve) => begin(watch, resolve));
  await overdue;
  expect(watch.stalledMs()).toBeLessThan(10_000);
});
