import type { Tracing, TracingConfig } from './tracing.ts';

/**
 * Tracing to a collector, or, without one, a tracing that does nothing but hand a publisher's `traceparent` on.
 * OpenTelemetry is loaded with the first collector only: it costs memory and time to start.
 */
export async function createTracing(
  config: TracingConfig | null,
  options: { service: string; onError: (error: Error) => void },
): Promise<Tracing> {
  if (config === null) return withoutCollector;
  const { createExportingTracing } = await import('./exporting.ts');
  return createExportingTracing(config, options);
}

const withoutCollector: Tracing = {
  startSpan: (_name, { parent }) => ({ traceparent: parent, end: () => undefined }),
  close: async () => undefined,
};
