import { type ChangeListener, connectDatabase, createChangeListener, type Database } from '@eventhooks/database';
import { type EventQueue, openQueue } from '@eventhooks/queue';
import { createLogger, createMetrics, type Logger, type Metrics } from '@eventhooks/telemetry';
import type { AdminConfig } from './config.ts';
import { createIntake, type Intake } from './intake/intake.ts';
import { createLiveCatalogue, type LiveCatalogue } from './live-catalogue.ts';

export interface AdminContext {
  config: AdminConfig;
  logger: Logger;
  metrics: Metrics;
  database: Database;
  listener: ChangeListener;
  queue: EventQueue;
  intake: Intake;
  catalogue: LiveCatalogue;
  /** Closes what was opened, in reverse order. */
  close(): Promise<void>;
}

/** Opens everything an admin needs, each once. */
export async function createContext(config: AdminConfig): Promise<AdminContext> {
  const closers: (() => unknown)[] = [];
  const opened = <T extends { close(): unknown }>(resource: T): T => {
    closers.push(() => resource.close());
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const logger = createLogger({ service: 'admin', level: config.logLevel });
  const metrics = createMetrics();
  const warn = (what: string) => (error: Error) =>
    logger.warn({ error: error.message || error.name }, `${what}.failed`);
  try {
    const database = opened(
      connectDatabase(config.databaseUrl, { applicationName: 'eventhooks-admin', onError: warn('database') }),
    );
    const listener = opened(await createChangeListener(config.databaseUrl, { onError: warn('listener') }));
    const queue = opened(openQueue(config.queue, warn('queue')));
    const catalogue = opened(await createLiveCatalogue(database, listener, warn('catalogue')));
    const intake = opened(createIntake({ database, queue, metrics, logger }));
    return { config, logger, metrics, database, listener, queue, intake, catalogue, close };
  } catch (error) {
    await close();
    throw error;
  }
}
