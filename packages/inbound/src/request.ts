import type { JsonDocument } from '@eventhooks/contract';

/** A request to an inbound endpoint, as far as verification and mapping look at it. */
export interface SentRequest {
  method: string;
  query: Readonly<Record<string, string>>;
  /** Headers by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The body as it was sent, before any content encoding is undone: signatures are made over these bytes. */
  sent: Uint8Array;
}

/** A verified request with its body read. */
export interface ReadRequest extends SentRequest {
  /** The body's text. */
  raw: string;
  /** The body as JSON: what was sent, or the fields of a form. Null where it is neither. */
  json: JsonDocument | null;
}
