import { checkDatabase, checkUsable, countUndispatchedEvents } from '@eventhooks/database';
import {
  answerWhileStarting,
  type HttpServer,
  operationsRouter,
  type ReadinessCheck,
  startHttpServer,
} from '@eventhooks/operations';
import express, { type Express } from 'express';
import pTimeout from 'p-timeout';
import { deliverBacklogs } from './backlog/deliver-backlogs.ts';
import { createVisits } from './backlog/visits.ts';
import type { WorkerConfig } from './config.ts';
import type { WorkerContext } from './context.ts';
import { createDispatcher } from './dispatch/dispatcher.ts';
import { runHookTest } from './hook-test/run-hook-test.ts';
import { startScheduler } from './scheduler/scheduler.ts';

export interface RunningWorker {
  url: string;
  /** Takes no more work, and lets what is under way end and be recorded. */
  stop(): Promise<void>;
}

/** Jobs of each queue at once in one worker. What they begin is bounded on its own. */
const concurrency = { dispatch: 16, delivery: 4, probe: 4 };
/** Attempts that still run after this are handed back to other workers … */
const idleDeadlineMs = 7_000;
/** … within this time, or left to their leases. */
const releaseDeadlineMs = 1_500;

interface ListenOptions extends Pick<WorkerConfig, 'host' | 'port'> {
  /** Null: not known yet. */
  databaseUrl: string | null;
}

/** Listens before anything is connected. Until `startWorker` takes the server over, `/readyz` says that the worker starts. */
export function listenForWorker({ host, port, databaseUrl }: ListenOptions): Promise<HttpServer> {
  const handle = answerWhileStarting(
    databaseUrl === null ? {} : { database: { required: true, check: () => checkDatabase(databaseUrl) } },
  );
  return startHttpServer({ host, port, portSetting: 'EVENTHOOKS_WORKER_PORT', handle });
}

/** Starts consuming, the scheduler, and the operations endpoints on `server`, which `stop` closes. Does not close the context. */
export async function startWorker(context: WorkerContext, server: HttpServer): Promise<RunningWorker> {
  const stopping = new AbortController();
  const visits = createVisits();
  const dispatcher = createDispatcher({ ...context, stopping: stopping.signal });
  server.serve(buildApp(context, () => stopping.signal.aborted));
  const workers = context.queue.work(
    {
      dispatch: (job) => dispatcher.take(job),
      deliver: (job) => deliverBacklogs(job, { ...context, visits }),
      probe: (job) => runHookTest(job, context),
    },
    concurrency,
  );
  const scheduler = startScheduler({
    ...context,
    retentionMs: context.config.retentionMs,
    archiveTarget: context.config.archiveTarget,
    archiveWaitMs: context.config.archiveWaitMs,
  });
  context.logger.info({ host: context.config.host, port: server.port }, 'worker.started');
  return {
    url: server.url,
    async stop() {
      stopping.abort();
      context.lanes.stop();
      const idle = Promise.all([workers.close().then(dispatcher.whenIdle), context.attempter.whenIdle()]);
      await Promise.all([scheduler.close(), pTimeout(idle, { milliseconds: idleDeadlineMs, message: false })]);
      await pTimeout(context.attempter.releaseUnfinished(), { milliseconds: releaseDeadlineMs, message: false });
      await server.close(0);
      context.logger.info('worker.stopped');
    },
  };
}

function buildApp(context: WorkerContext, isStopping: () => boolean): Express {
  return express()
    .disable('x-powered-by')
    .use(
      operationsRouter({
        metrics: context.metrics,
        checks: readinessChecks(context),
        refresh: () => refreshGauges(context),
        isStopping,
      }),
    );
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
    database: { required: true, check: () => checkUsable(database.pool) },
    queue: { required: true, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}
