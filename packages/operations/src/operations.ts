import type { RequestListener } from 'node:http';
import express, { Router } from 'express';
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
  const { checks, metrics, isStopping } = options;
  const check = async (): Promise<CheckResult[]> => {
    const results = await checkAll(checks);
    for (const { name, error } of results) metrics.dependencyUp.set({ dependency: name }, error === null ? 1 : 0);
    return results;
  };
  const router = healthRouter(check, () => (isStopping() ? 'stopping' : null));
  router.get('/metrics', async (_request, response) => {
    const { registry } = metrics;
    await Promise.all([options.refresh && runCheck(options.refresh), check()]);
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

/** Seconds after which a client may ask again. */
const retryAfterSeconds = '5';

/** Answers for a process that has not started yet, mostly because a dependency is away: it is alive, and not ready. */
export function answerWhileStarting(checks: Record<string, ReadinessCheck>): RequestListener {
  return express()
    .disable('x-powered-by')
    .use(
      healthRouter(
        () => checkAll(checks),
        () => 'starting',
      ),
    )
    .use((_request, response) => {
      response.status(503).set('Retry-After', retryAfterSeconds).json({ message: 'The process is starting' });
    });
}

/** @param phase why a process is not ready, whatever the state of its dependencies. */
function healthRouter(check: () => Promise<CheckResult[]>, phase: () => 'starting' | 'stopping' | null): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const results = await check();
    const unready =
      phase() ?? (results.every(({ required, error }) => error === null || !required) ? null : 'unavailable');
    response.status(unready === null ? 200 : 503).json({
      status: unready ?? 'ok',
      checks: Object.fromEntries(
        results.map(({ name, error }) => [name, error === null ? { status: 'ok' } : { status: 'failed', error }]),
      ),
    });
  });
  return router;
}

interface CheckResult {
  name: string;
  required: boolean;
  /** Null: the dependency answers. */
  error: string | null;
}

/** Checks all dependencies in parallel. */
async function checkAll(checks: Record<string, ReadinessCheck>): Promise<CheckResult[]> {
  return Promise.all(
    Object.entries(checks).map(async ([name, { check, required }]) => ({
      name,
      required,
      error: await runCheck(check),
    })),
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
