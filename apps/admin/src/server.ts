import { setTimeout as sleep } from 'node:timers/promises';
import { WAITING_COUNTED } from '@eventhooks/contract';
import {
  checkDatabase,
  checkUsable,
  countPartitionDaysAhead,
  countPaused,
  countUndispatchedEvents,
  readBacklogAges,
} from '@eventhooks/database';
import {
  answerWhileStarting,
  type HttpServer,
  operationsRouter,
  type ReadinessCheck,
  startHttpServer,
} from '@eventhooks/operations';
import express, { type Express } from 'express';
import type { AdminConfig } from './config.ts';
import type { AdminContext } from './context.ts';
import { mountDashboardFiles } from './dashboard/files.ts';
import { mountDashboardSession } from './dashboard/session.ts';
import { answerErrors, answerNotFound } from './http/errors.ts';
import { allowOrigins, identifyRequest, logRequests, securityHeaders } from './http/middleware.ts';
import { takeTarget, takeWorkspace } from './http/path.ts';
import { takePathPrefix } from './http/path-prefix.ts';
import { mountRoutes } from './http/route.ts';
import { mountInbound } from './inbound/receive.ts';
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

interface ListenOptions extends Pick<AdminConfig, 'host' | 'port'> {
  /** Null: not known yet. */
  databaseUrl: string | null;
}

/** Listens before anything is connected. Until `startAdmin` takes the server over, `/readyz` says that the admin starts. */
export function listenForAdmin({ host, port, databaseUrl }: ListenOptions): Promise<HttpServer> {
  const handle = answerWhileStarting(
    databaseUrl === null ? {} : { database: { required: true, check: () => checkDatabase(databaseUrl) } },
  );
  return startHttpServer({ host, port, portSetting: 'EVENTHOOKS_ADMIN_PORT', handle });
}

/** Starts the Admin API on `server`, which `stop` closes. Does not close the context. */
export async function startAdmin(context: AdminContext, server?: HttpServer): Promise<RunningAdmin> {
  let stopping = false;
  const { host } = context.config;
  server ??= await listenForAdmin(context.config);
  server.serve(buildApp(context, () => stopping));
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
  mountInbound(app, context);
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
  metrics.pausedDeliveries.set((await countPaused(pool, WAITING_COUNTED)).deliveries);
  metrics.partitionDaysAhead.set(await countPartitionDaysAhead(pool));
}

/** The queue is shown but not required: events are accepted without it. */
function readinessChecks({ database, queue, listener }: AdminContext): Record<string, ReadinessCheck> {
  return {
    database: { required: true, check: () => checkUsable(database.pool) },
    queue: { required: false, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}
