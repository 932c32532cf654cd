import { setTimeout as sleep } from 'node:timers/promises';
import { checkWritable, countPartitionDaysAhead, countUndispatchedEvents, readBacklogAges } from '@eventhooks/database';
import { operationsRouter, type ReadinessCheck, startHttpServer } from '@eventhooks/operations';
import express, { type Express } from 'express';
import type { AdminContext } from './context.ts';
import { mountDashboardFiles } from './dashboard/files.ts';
import { mountDashboardSession } from './dashboard/session.ts';
import { answerErrors, answerNotFound } from './http/errors.ts';
import { allowOrigins, identifyRequest, logRequests, securityHeaders } from './http/middleware.ts';
import { takeTarget, takeWorkspace } from './http/path.ts';
import { takePathPrefix } from './http/path-prefix.ts';
import { mountRoutes } from './http/route.ts';
import { mountDocs } from './openapi/docs.ts';
import { EVENT_ROUTES, ROUTES } from './routes/index.ts';

export interface RunningAdmin {
  url: string;
  /** Answers the requests under way, commits their events, and stops listening. */
  stop(): Promise<void>;
}

/** A stopping admin still takes requests for this long, while its `/readyz` answers 503 so that balancers turn to others. */
const drainMs = 1_000;
/** Requests that still run this long after the drain are cut. */
const stopDeadlineMs = 7_000;

/** Starts the Admin API. Does not close the context. */
export async function startAdmin(context: AdminContext): Promise<RunningAdmin> {
  let stopping = false;
  const { host, port } = context.config;
  const handle = buildApp(context, () => stopping);
  const server = await startHttpServer({ host, port, portSetting: 'EVENTHOOKS_ADMIN_PORT', handle });
  context.logger.info({ host, port: server.port }, 'admin.started');
  return {
    url: server.url,
    async stop() {
      stopping = true;
      server.beginDrain();
      await sleep(drainMs);
      context.live.close();
      await server.close(stopDeadlineMs);
      await context.intake.close();
      context.logger.info('admin.stopped');
    },
  };
}

function buildApp(context: AdminContext, isStopping: () => boolean): Express {
  // A workspace may be named `Events`, so that paths keep their case.
  const app = express().disable('x-powered-by').disable('etag').enable('case sensitive routing');
  const { corsOrigins, publicUrl, trustedProxies } = context.config;
  app.set('trust proxy', trustedProxies);
  app.use(identifyRequest, securityHeaders(), allowOrigins(corsOrigins));
  app.use(takeTarget, takePathPrefix(publicUrl), takeWorkspace);
  mountRoutes(app, context, EVENT_ROUTES);
  app.use(
    operationsRouter({
      metrics: context.metrics,
      checks: readinessChecks(context),
      refresh: () => refreshGauges(context),
      isStopping,
    }),
  );
  mountDocs(app);
  mountDashboardSession(app, context);
  mountDashboardFiles(app);
  app.use(logRequests(context.logger));
  mountRoutes(app, context, ROUTES);
  app.use(answerNotFound);
  app.use(answerErrors(context.logger));
  return app;
}

/** Refreshes the gauges that must be right even when no worker runs. */
async function refreshGauges({ metrics, database: { pool } }: AdminContext): Promise<void> {
  metrics.undispatchedEvents.set(await countUndispatchedEvents(pool));
  const ages = await readBacklogAges(pool);
  for (const [stage, seconds] of Object.entries(ages)) metrics.backlogAge.set({ stage }, seconds);
  metrics.partitionDaysAhead.set(await countPartitionDaysAhead(pool));
}

/** The queue is shown but not required: events are accepted without it. */
function readinessChecks({ database, queue, listener }: AdminContext): Record<string, ReadinessCheck> {
  return {
    database: { required: true, check: () => checkWritable(database.pool) },
    queue: { required: false, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}
