import type { Respond, VerifyInput } from '@eventhooks/contract';

/** A known sender. A preset is data, so that adding one is adding a file. */
export interface Preset {
  /** The documentation by which it was written. */
  documentation: string;
  /** Without secrets. */
  verify: VerifyInput;
  /** CEL. Without `id` a hash of the body, without `data` the body, or the item of `split`. */
  map: { source: string; event: string; id?: string; data?: string; split?: string };
  respond?: Respond;
  setup: Setup;
  /** Descriptions of the events for the catalogue: by a name, or by its beginning and `*`. */
  catalogue: Readonly<Record<string, PresetEvent>>;
  /** Requests as the sender makes them, made for tests, by a name of their own. */
  samples: Readonly<Record<string, Sample>>;
}

/** Steps on the sender's side. In all texts `{url}` and `{secret}` stand for the endpoint's. */
export interface Setup {
  steps: readonly string[];
  /** A part of the sender's configuration. */
  snippet?: string;
  /** The sender makes the secret, and the endpoint is made with it. Otherwise whoever makes the endpoint chooses it. */
  hasOwnSecret?: boolean;
}

export interface PresetEvent {
  description: string;
  /** The fields of the data that tell one state from another, for `on_change` and `snooze`. */
  unique?: readonly string[];
}

export interface Sample {
  /** Beside the content type and the signature. */
  headers?: Readonly<Record<string, string>>;
  body: unknown;
  /** The events that the mapping makes of it; without `id`, it is a hash of the body. */
  events: readonly { source: string; event: string; id?: string }[];
}

/** The verification of senders that sign nothing: a token that their configuration holds. */
export const bearerToken: VerifyInput = { scheme: 'token', header: 'authorization', prefix: 'Bearer ' };

/** An expression for a header's value, or null without it. */
export function headerOrNull(name: string, otherwise = 'null'): string {
  return `'${name}' in headers ? headers['${name}'] : ${otherwise}`;
}
