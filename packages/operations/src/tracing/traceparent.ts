const shape =
  /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?<rest>-.*)?$/;

export interface TraceContext {
  traceId: string;
  spanId: string;
  flags: number;
}

/** Parses a `traceparent` (W3C Trace Context, section 3.2). Null when it is none: the receiver then starts a new trace. */
export function parseTraceparent(text: string): TraceContext | null {
  const parts = text.length <= 512 ? shape.exec(text)?.groups : undefined;
  const { version, traceId = '', spanId = '', flags = '', rest } = parts ?? {};
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Written as version 00, the only one there is. The sampled flag is the only one that is kept. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-0${flags & 1}`;
}
