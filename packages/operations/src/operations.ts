import { type Response, Router } from 'express';
import pTimeout from 'p-timeout';
import type { Metrics } from './metrics.ts';

export interface ReadinessCheck {
  /** Rejects when the dependency does not answer. */
  check: () => Promise<void>;
  /** False: shown, but the process is ready without it. */
  required: boolean;
}

export interface OperationsOptions {
  metrics: Pick<Metrics, 'registry' | 'dependencyUp'>;
  checks: Record<string, ReadinessCheck>;
  /** Brings gauges up to date before a scrape. A failure leaves them as they were. */
  refresh?: () => Promise<void>;
  /** True once the process begins to stop: it is then not ready, whatever the state of its dependencies. */
  isStopping: () => boolean;
}

/** No check or refresh delays the answer for longer. */
const checkDeadlineMs = 2_000;

/** `GET /healthz` (alive), `/readyz` (each dependency by name; 503 when a required one fails), `/metrics` (Prometheus). */
export function operationsRouter(options: OperationsOptions): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    await answerReadiness(options, response);
  });
  router.get('/metrics', async (_request, response) => {
    const { registry } = options.metrics;
    await Promise.all([options.refresh && runCheck(options.refresh), checkAll(options)]);
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

async function answerReadiness(options: OperationsOptions, response: Response): Promise<void> {
  const results = await checkAll(options);
  const stopping = options.isStopping();
  const ready = !stopping && results.every(({ required, error }) => error === null || !required);
  response.status(ready ? 200 : 503).json({
    status: stopping ? 'stopping' : ready ? 'ok' : 'unavailable',
    checks: Object.fromEntries(
      results.map(({ name, error }) => [name, error === null ? { status: 'ok' } : { status: 'failed', error }]),
    ),
  });
}

/** Checks all dependencies in parallel, and sets their metrics. */
async function checkAll({ checks, metrics }: OperationsOptions) {
  return Promise.all(
    Object.entries(checks).map(async ([name, { check, required }]) => {
      const error = await runCheck(check);
      metrics.dependencyUp.set({ dependency: name }, error === null ? 1 : 0);
      return { name, required, error };
    }),
  );
}

async function runCheck(check: () => Promise<void>): Promise<string | null> {
  try {
    await pTimeout(check(), { milliseconds: checkDeadlineMs, message: `no answer within ${checkDeadlineMs} ms` });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  }
}
