/** Tracing as the rest of the product sees it: without types of a library, which is loaded only when tracing is configured. */
export interface Tracing {
  /** Starts a span below `parent` (a `traceparent`), or a new trace where there is none. */
  startSpan(name: string, options: SpanOptions): TraceSpan;
  /** Sends the remaining spans, within two seconds. */
  close(): Promise<void>;
}

export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** OpenTelemetry's kind of the span. */
  kind: 'server' | 'consumer' | 'client';
  parent: string | null;
  attributes?: SpanAttributes;
}

export interface TraceSpan {
  /** The `traceparent` for spans below this one; null when nothing is traced. */
  readonly traceparent: string | null;
  /** @param outcome `error` says why the span failed; absent on success. */
  end(outcome?: { error?: string; attributes?: SpanAttributes }): void;
}

export interface TracingConfig {
  /** Base URL of an OTLP/HTTP collector, without `/v1/traces`. */
  endpoint: string;
  sampler: `${'' | 'parentbased_'}${'always_on' | 'always_off' | 'traceidratio'}`;
  /** The share of traces for `traceidratio`, 0 to 1. */
  ratio: number;
}
