import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createMetrics } from './metrics.ts';
import { operationsRouter } from './operations.ts';

let server: Server;
let queueAnswers = true;

beforeEach(async () => {
  const app = express().use(
    operationsRouter({
      metrics: createMetrics(),
      checks: {
        database: { required: true, check: async () => undefined },
        queue: {
          required: false,
          check: async () => {
            if (!queueAnswers) throw new Error('the queue is not connected');
          },
        },
      },
      refresh: async () => {
        if (!queueAnswers) throw new Error('the queue is not connected');
      },
      isStopping: () => false,
    }),
  );
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  queueAnswers = true;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function read(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return `${response.status} ${await response.text()}`;
}

test('a scrape tells of each dependency whether it answers, and comes back even when one does not', async () => {
  expect(await read('/metrics')).toContain('eventhooks_dependency_up{dependency="queue"} 1');
  queueAnswers = false;
  const metrics = await read('/metrics');
  expect(metrics).toMatch(/^200 /);
  expect(metrics).toContain('eventhooks_dependency_up{dependency="database"} 1');
  expect(metrics).toContain('eventhooks_dependency_up{dependency="queue"} 0');
});

test('a process is ready without what it does not require, and says what is missing', async () => {
  queueAnswers = false;
  const ready = await read('/readyz');
  expect(ready).toMatch(/^200 /);
  expect(ready).toContain('the queue is not connected');
});

test('F52 a gauge that nothing has set is missing from the scrape, so that `absent` holds while only admins are scraped', async () => {
  const metrics = createMetrics();
  const gauges = async () =>
    [...(await metrics.registry.metrics()).matchAll(/^(eventhooks_\w+).* \S+$/gm)].map(([line]) => line);
  const unset = await gauges();
  for (const name of ['scheduler_active', 'partition_days_ahead', 'breakers_open', 'undispatched_events']) {
    expect(unset.filter((line) => line.startsWith(`eventhooks_${name}`))).toEqual([]);
  }
  metrics.schedulerActive.set(0);
  metrics.partitionDaysAhead.set(8);
  expect(await gauges()).toEqual(
    expect.arrayContaining(['eventhooks_scheduler_active 0', 'eventhooks_partition_days_ahead 8']),
  );
});
