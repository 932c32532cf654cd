import { createServer, type Server } from 'node:http';
import { countUndispatchedEvents } from '@eventhooks/database';
import { operationsRouter, type ReadinessCheck } from '@eventhooks/telemetry';
import express, { type Express } from 'express';
import type { AdminContext } from './context.ts';
import { authenticate } from './http/authenticate.ts';
import { errorHandler, notFound } from './http/errors.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { eventRoutes } from './routes/events.ts';
import { hookRoutes } from './routes/hooks.ts';

export interface RunningAdmin {
  url: string;
  /** Answers what was asked, commits what was taken, and listens no more. */
  stop(): Promise<void>;
}

/** Starts the Admin API. Does not close the context. */
export async function startAdmin(context: AdminContext): Promise<RunningAdmin> {
  let stopping = false;
  const server = createServer(buildApp(context, () => stopping));
  await listen(server, context.config);
  const { port } = server.address() as { port: number };
  context.logger.info({ host: context.config.host, port }, 'admin.started');
  return {
    url: `http://${context.config.host}:${port}`,
    async stop() {
      stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
      await context.intake.close();
      context.logger.info('admin.stopped');
    },
  };
}

function buildApp(context: AdminContext, isStopping: () => boolean): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(
    operationsRouter({
      registry: context.metrics.registry,
      checks: readinessChecks(context),
      refresh: async () => context.metrics.undispatchedEvents.set(await countUndispatchedEvents(context.database.pool)),
      isStopping,
    }),
  );
  app.use(authenticate(context.config.adminToken));
  app.use('/events', eventRoutes(context));
  app.use('/event-hooks', hookRoutes(context));
  app.use('/deliveries', deliveryRoutes(context));
  app.use(notFound);
  app.use(errorHandler(context.logger));
  return app;
}

/** Events are accepted without the queue, so it is shown but not required. */
function readinessChecks({ database, queue, listener }: AdminContext): Record<string, ReadinessCheck> {
  return {
    database: { required: true, check: async () => void (await database.pool.query('SELECT 1')) },
    queue: { required: false, check: () => queue.ping() },
    listener: {
      required: true,
      check: async () => {
        if (!listener.isConnected()) throw new Error('not connected');
      },
    },
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        error.message = `Port ${port} on ${host} is in use. Set EVENTHOOKS_ADMIN_PORT to another one.`;
      reject(error);
    });
    server.listen(port, host, resolve);
  });
}
