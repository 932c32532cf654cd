import {
  isPublicHeader,
  type JsonValue,
  parseRedactPath,
  REDACTED,
  type RedactStep,
  redactValue,
} from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { BuiltRequest, ReceivedResponse } from '@eventhooks/delivery';

/** The part of a body that is kept with the attempt. The body of a webhook can be made from its event again. */
const keptBodyBytes = 4_096;
/** Shorter values occur in too many texts by chance. */
const minSecretLength = 8;

type WebhookConfig = Extract<StoredHook, { handler: 'webhook' | 'webhook-custom' }>['config'];

/** Makes the records of a hook's requests and responses. They have no value of a header that the hook set, and nothing that its `redact` names. */
export interface Redaction {
  /** JSON text. */
  recordRequest(built: BuiltRequest, headers: Readonly<Record<string, string>>): string;
  /** JSON text. Values of the hook's headers are left out where the receiver echoes them, too. */
  recordResponse(built: BuiltRequest, response: ReceivedResponse | null): string | null;
}

export function createRedaction(hook: StoredHook, config: WebhookConfig): Redaction {
  const privateNames = Object.keys(config.headers)
    .filter((name) => !isPublicHeader(name))
    .map((name) => name.toLowerCase());
  const rules = redactRulesOf(hook);
  const hidesBody = rules.some(
    ([first]) => first?.kind === 'descend' || (first?.kind === 'field' && first.name === 'body'),
  );
  return {
    recordRequest(built, headers) {
      const kept = privateNames.length === 0 ? headers : withoutValues(headers, privateNames);
      // The query of a GET holds its payload.
      const url = hidesBody ? config.url : built.url;
      const message = redactMessage({ headers: kept, body: built.body }, rules, hidesBody);
      const body = message.body?.slice(0, keptBodyBytes) ?? null;
      return JSON.stringify({ method: built.method, url, headers: message.headers, body });
    },
    recordResponse(built, response) {
      if (response === null) return null;
      const kept = rules.length === 0 ? response : { ...response, ...redactMessage(response, rules, hidesBody) };
      const text = JSON.stringify(kept);
      return withoutSecrets(
        text,
        privateNames.map((name) => built.headers[name] ?? ''),
      );
    },
  };
}

function withoutValues(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string | null>> {
  const kept: Record<string, string | null> = { ...headers };
  for (const name of names) if (name in kept) kept[name] = null;
  return kept;
}

/** Redacts a value that stands in a record without HTTP, such as the result of a lambda. The rules for bodies hold for it. */
export function redactValueOf(hook: StoredHook, body: JsonValue): JsonValue {
  const rules = redactRulesOf(hook);
  if (rules.length === 0) return body;
  const redacted = redactValue({ body }, rules);
  return redacted !== null && typeof redacted === 'object' && !Array.isArray(redacted) ? (redacted.body ?? null) : null;
}

function redactRulesOf(hook: StoredHook): RedactStep[][] {
  return hook.redact.map(parseRedactPath).filter((path) => path !== null);
}

interface Message {
  headers: Readonly<Record<string, JsonValue>>;
  body: string | null;
}

/** A body that is not JSON, such as a form or the beginning of a text, cannot be searched for paths, so it is left out as a whole. */
function redactMessage({ headers, body }: Message, rules: RedactStep[][], hidesBody: boolean): Message {
  if (rules.length === 0) return { headers, body };
  const parsed = hidesBody && body !== null ? parseJson(body) : undefined;
  const redacted = redactValue({ headers, ...(parsed !== undefined && { body: parsed }) }, rules);
  const document = redacted as { headers: Record<string, JsonValue> | typeof REDACTED; body?: JsonValue };
  return {
    headers: document.headers === REDACTED ? {} : document.headers,
    body: hidesBody && body ? textOf(document.body) : body,
  };
}

function textOf(body: JsonValue | undefined): string {
  return body === undefined || body === REDACTED ? REDACTED : JSON.stringify(body);
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces secrets wherever they stand in a JSON text, and so their part after an authorization scheme. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split(' ')]);
  return parts
    .filter((part) => part.length >= minSecretLength)
    .reduce((result, part) => result.replaceAll(JSON.stringify(part).slice(1, -1), REDACTED), text);
}
