import { DiagLogLevel, diag, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import pTimeout from 'p-timeout';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { SpanOptions, TraceSpan, Tracing, TracingConfig } from './tracing.ts';

/** The most spans kept until they are sent. More are dropped: a slow collector costs traces, not memory. */
const maxQueuedSpans = 16_384;
const exportTimeoutMs = 5_000;
const closeDeadlineMs = 2_000;

const kinds = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} satisfies Record<SpanOptions['kind'], SpanKind>;

const samplers = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
} satisfies Record<TracingConfig['sampler'], (ratio: number) => Sampler>;

/** Sends spans to an OTLP/HTTP collector, in JSON. The exporter reads the other `OTEL_EXPORTER_OTLP_` variables by itself. */
export function createExportingTracing(
  { endpoint, sampler, ratio }: TracingConfig,
  { service, onError }: { service: string; onError: (error: Error) => void },
): Tracing {
  tellFailures(onError);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    sampler: samplers[sampler](ratio),
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override ours.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.namespace': 'eventhooks' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: maxQueuedSpans, exportTimeoutMillis: exportTimeoutMs }),
    ],
  });
  const tracer = provider.getTracer('eventhooks');
  return {
    startSpan(name, { kind, parent, attributes = {} }) {
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, contextBelow(parent));
      return wrapSpan(span);
    },
    async close() {
      const ended = provider.shutdown().catch(onError);
      await pTimeout(ended, { milliseconds: closeDeadlineMs, message: false });
    },
  };
}

function contextBelow(parent: string | null) {
  const context = parent === null ? null : parseTraceparent(parent);
  if (context === null) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = context;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
}

function wrapSpan(span: Span): TraceSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: formatTraceparent({ traceId, spanId, flags: traceFlags }),
    end({ error, attributes } = {}) {
      if (attributes) span.setAttributes(attributes);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
}

/** The SDK reports an unreachable collector through its own logger, of which a process has one. */
function tellFailures(onError: (error: Error) => void): void {
  const tell = (message: string): void => onError(new Error(message));
  const silent = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
