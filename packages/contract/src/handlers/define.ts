import type { Fields } from '../field.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/** Code in a hook's config: compiled when the hook is written, run in a sandbox. */
export type Code =
  | { kind: 'templates'; templates: RequestTemplates }
  | { kind: 'functions'; language: 'lua' | 'javascript'; functions: string[] };

/** The parts of a request that the sandbox renders; those without a format are sent as they are. */
export interface RequestTemplates {
  payload: Record<string, unknown> | null;
  payloadFormat: boolean;
  body: string | null;
  bodyFormat: boolean;
  headers: Record<string, string>;
  headersFormat: boolean;
}

/** Everything about a handler except how it delivers. Schemas, defaults, forms, examples and documents are derived from it. */
export interface HandlerDefinition {
  /** The name of its hooks' schema in /openapi.json. */
  schemaId: string;
  label: string;
  description: string;
  /** The fields of `config`, in the order in which the form asks for them. */
  config: Fields;
  /** The `config` with which the form begins. */
  start: JsonObject;
  /** Checks beyond the schema when a hook is written: that `url` may be reached, that the PEM texts fit together. */
  checks: readonly ('url' | 'tls')[];
  /** The code in a config, or null for a config with faults of its own. Absent: there is none. */
  findCode?: (config: unknown) => Code | null;
  /** Whether `GET …/ping` and a change of `config.url` send a ping. */
  canPing: boolean;
  /** Whether one request may carry several events. */
  canBatch: boolean;
  /** Whether `POST /event-hooks/render` can show the request. */
  canPreview: boolean;
  /** Whether the answer of a hook test that failed has an `error_code`; a lambda's error is its own words alone. */
  namesTestErrors: boolean;
  /** The reference's example: what the client sends, and the id and time of the answer. */
  example: {
    id: string;
    created_at: number;
    source: string;
    event: string;
    config: Readonly<Record<string, JsonValue>>;
  };
}
