import { createServer, type Server } from 'node:http';
import { checkWritable, countUndispatchedEvents } from '@eventhooks/database';
import { operationsRouter, type ReadinessCheck } from '@eventhooks/operations';
import express from 'express';
import pTimeout from 'p-timeout';
import { deliverBacklogs } from './backlog/deliver-backlogs.ts';
import { createVisits } from './backlog/visits.ts';
import type { WorkerContext } from './context.ts';
import { dispatchJob } from './dispatch/dispatch.ts';
import { runHookTest } from './hook-test/run-hook-test.ts';
import { startScheduler } from './scheduler/scheduler.ts';

export interface RunningWorker {
  url: string;
  /** Takes no more work, and lets what is under way end and be recorded. */
  stop(): Promise<void>;
}

/** Jobs of each queue at once in one worker. Attempts within them are bounded on their own. */
const concurrency = { dispatch: 4, delivery: 4, probe: 4 };
/** Attempts that still run after this are handed back to other workers … */
const idleDeadlineMs = 7_000;
/** … within this time, or left to their leases. */
const releaseDeadlineMs = 1_500;

/** Starts consuming, the scheduler, and the operations endpoints. Does not close the context. */
export async function startWorker(context: WorkerContext): Promise<RunningWorker> {
  const stopping = new AbortController();
  const visits = createVisits();
  const server = await listen(context, () => stopping.signal.aborted);
  const workers = context.queue.work(
    {
      dispatch: (job) => dispatchJob(job, { ...context, stopping: stopping.signal }),
      deliver: (job) => deliverBacklogs(job, { ...context, visits }),
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
      const idle = Promise.all([workers.close(), context.attempter.whenIdle()]);
      await Promise.all([scheduler.close(), pTimeout(idle, { milliseconds: idleDeadlineMs, message: false })]);
      await pTimeout(context.attempter.releaseUnfinished(), { milliseconds: releaseDeadlineMs, message: false });
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
    database: { required: true, check: () => checkWritable(database.pool) },
    queue: { required: true, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}
