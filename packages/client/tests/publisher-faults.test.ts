import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { startInstallation } from '../../../tests/installation.ts';
import { findFreePort, spawnApp } from '../../../tests/support/index.ts';
import { createPublisher } from '../src/index.ts';

jest.setTimeout(240_000);

test('kill -9 of the admin, twice, loses nothing and doubles nothing', async () => {
  const EVENTHOOKS_ADMIN_PORT = String(await findFreePort());
  await using installation = await startInstallation({ workers: 0, env: { EVENTHOOKS_ADMIN_PORT } });
  const publisher = createPublisher({
    url: installation.admin.url,
    maxBatchEvents: 20,
    maxQueuedEvents: 200,
    retryForMs: 200_000,
  });
  const count = 3_000;
  let taken = 0;
  async function* events() {
    for (; taken < count; taken += 1) yield { source: 'crud', event: 'consumers', data: { n: taken } };
  }
  const published = publisher.publishMany(events());
  let admin = installation.admin;
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => void (await admin.stop()));
  for (const share of [0.2, 0.5]) {
    while (taken < count * share) await sleep(1);
    admin.kill('SIGKILL');
    await admin.ended;
    admin = await spawnApp('admin', { ...installation.env, EVENTHOOKS_ADMIN_PORT });
  }
  const receipts = await published;
  await publisher.close();
  expect(new Set(receipts.map(({ id }) => id)).size).toBe(count);
  const [row] = await installation.query<{ rows: string; numbers: string }>(
    `SELECT count(*) AS rows, count(DISTINCT data::jsonb->>'n') AS numbers FROM events`,
  );
  expect(row).toEqual({ rows: String(count), numbers: String(count) });
});
