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

/** How much of a body is kept with the attempt; a webhook's own body can be had from the event again. */
const keptBodyBytes = 4_096;
/** Shorter values stand in too many texts by chance. */
const minSecretLength = 8;

type WebhookConfig = Extract<StoredHook, { handler: 'webhook' | 'webhook-custom' }>['config'];

/** What is kept of what a hook's attempts sent and got: no value of a header that the hook set, and nothing that its `redact` names. */
export interface Redaction {
  /** JSON text. */
  recordRequest(built: BuiltRequest, headers: Readonly<Record<string, string>>): string;
  /** JSON text. Values of the hook's headers that the receiver echoes are left out, too. */
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
      // A payload on GET is in the query.
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

/** A value that an attempt leaves in its record outside of HTTP, such as a lambda's, by the rules for bodies. */
export function redactRecorded(hook: StoredHook, body: JsonValue): JsonValue {
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

/** A body that is no JSON, a form or the cut beginning of a text, cannot be searched for what is to be left out, and is left out as a whole. */
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

/** Replaces secrets, and what follows an authorization scheme in them, wherever they stand in a JSON text. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split(' ')]);
  return parts
    .filter((part) => part.length >= minSecretLength)
    .reduce((result, part) => result.replaceAll(JSON.stringify(part).slice(1, -1), REDACTED), text);
}
