import { createServer, type Server } from 'node:http';
import { countUndispatchedEvents } from '@eventhooks/database';
import { operationsRouter, type ReadinessCheck } from '@eventhooks/operations';
import express from 'express';
import type { WorkerContext } from './context.ts';
import { deliverDue, type Turns } from './deliver.ts';
import { dispatchJob } from './dispatch.ts';
import { runHookTest } from './hook-test.ts';
import { startScheduler } from './scheduler.ts';

export interface RunningWorker {
  url: string;
  /** Takes no more work, lets what is under way end, records it. */
  stop(): Promise<void>;
}

/** Jobs at once of each queue in one worker. Attempts within them are bounded on their own. */
const concurrency = { dispatch: 4, delivery: 4, probe: 4 };
/** What still runs then is handed back to other workers … */
const settleDeadlineMs = 7_000;
/** … within this time, or left to its leases. */
const handBackDeadlineMs = 1_500;

/** Starts consuming, the scheduler, and the operations endpoints. Does not close the context. */
export async function startWorker(context: WorkerContext): Promise<RunningWorker> {
  const stopping = new AbortController();
  const turns: Turns = new Map();
  const server = await listen(context, () => stopping.signal.aborted);
  const workers = context.queue.work(
    {
      dispatch: (job) => dispatchJob(job, { ...context, stopping: stopping.signal }),
      deliver: (job) => deliverDue(job, { ...context, turns }),
      probe: (job) => runHookTest(job, context),
    },
    concurrency,
  );
  const scheduler = startScheduler({
    ...context,
    databaseUrl: context.config.databaseUrl,
    retentionMs: context.config.retentionMs,
  });
  const { port } = server.address() as { port: number };
  context.logger.info({ host: context.config.host, port }, 'worker.started');
  return {
    url: `http://${context.config.host}:${port}`,
    async stop() {
      stopping.abort();
      const settled = Promise.all([workers.close(), context.attempter.settle()]);
      await Promise.all([scheduler.close(), withDeadline(settled, settleDeadlineMs)]);
      await withDeadline(context.attempter.handBack(), handBackDeadlineMs);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      context.logger.info('worker.stopped');
    },
  };
}

function listen(context: WorkerContext, isStopping: () => boolean): Promise<Server> {
  const app = express().disable('x-powered-by');
  app.use(
    operationsRouter({
      metrics: context.metrics,
      checks: readinessChecks(context),
      refresh: () => refreshGauges(context),
      isStopping,
    }),
  );
  const server = createServer(app);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const { host, port } = context.config;
      if (error.code === 'EADDRINUSE') {
        error.message = `Port ${port} on ${host} is in use. Set EVENTHOOKS_WORKER_PORT to another one.`;
      }
      reject(error);
    });
    server.listen(context.config.port, context.config.host, () => resolve(server));
  });
}

async function refreshGauges({ metrics, database, queue, hooks, breakers }: WorkerContext): Promise<void> {
  metrics.hooks.reset();
  for (const hook of hooks.all()) if (hook.enabled) metrics.hooks.inc({ handler: hook.handler });
  metrics.breakersOpen.set(breakers.openCount());
  metrics.undispatchedEvents.set(await countUndispatchedEvents(database.pool));
  for (const [name, counts] of Object.entries(await queue.countJobs())) {
    for (const [state, count] of Object.entries(counts)) metrics.queueJobs.set({ queue: name, state }, count);
  }
}

function readinessChecks({ database, queue, listener }: WorkerContext): Record<string, ReadinessCheck> {
  return {
    database: { required: true, check: async () => void (await database.pool.query('SELECT 1')) },
    queue: { required: true, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}

async function withDeadline(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, deadline]);
  clearTimeout(timer);
}
