import type { Tracing, TracingConfig } from './tracing.ts';

/**
 * Tracing to a collector; without one, tracing only passes a publisher's `traceparent` on.
 * OpenTelemetry is loaded only for a collector: it costs memory and start-up time.
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
