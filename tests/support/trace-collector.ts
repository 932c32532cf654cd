import { startReceiver } from './receiver.ts';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 2 is an error. */
  status: { code?: number; message?: string };
  attributes: { key: string; value: Record<string, unknown> }[];
  /** `service.name` of its process. */
  service: string;
}

export interface TraceCollector extends AsyncDisposable {
  /** The value for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string;
  /** In order of arrival. */
  spans: CollectedSpan[];
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Omit<CollectedSpan, 'service'>[] }[];
  }[];
}

/** An OTLP/HTTP collector, for JSON, that keeps its spans. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const receiver = await startReceiver(
    ({ url, headers, body }) => {
      if (url !== '/v1/traces' || headers['content-type'] !== 'application/json') return { status: 404 };
      const { resourceSpans }: ExportRequest = JSON.parse(body.toString());
      for (const { resource, scopeSpans } of resourceSpans) {
        const named = resource.attributes.find(({ key }) => key === 'service.name');
        const service = named?.value.stringValue ?? '';
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
      }
      return { headers: { 'content-type': 'application/json' }, body: '{}' };
    },
    { keepRequests: false },
  );
  return { url: receiver.url, spans, [Symbol.asyncDispose]: receiver.close };
}
