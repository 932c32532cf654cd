import {
  type ExactValue,
  isPublicHeader,
  JsonText,
  type JsonValue,
  parseExact,
  parseRedactPath,
  REDACTED,
  type RedactStep,
  redactValue,
  stringifyExact,
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
      const isBatch = hidesBody && hook.handler === 'webhook' && 'eventhooks-batch-size' in headers;
      const sent = isBatch && built.body !== null ? redactItems(built.body, rules) : built.body;
      const message = redactMessage({ headers: kept, body: sent }, rules, hidesBody);
      const body = message.body?.slice(0, keptBodyBytes) ?? null;
      return JSON.stringify({ method: built.method, url, headers: message.headers, body });
    },
    recordResponse(built, response) {
      if (response === null) return null;
      const kept = rules.length === 0 ? response : { ...response, ...redactMessage(response, rules, hidesBody) };
      const text = JSON.stringify(kept);
      if (privateNames.length === 0) return text;
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

/**
 * Redacts a JSON text that stands in a record without HTTP, such as the result of a lambda. The rules for bodies hold for it.
 * The rest keeps its numbers and the order of its keys.
 */
export function redactJson(hook: StoredHook, text: string): JsonText {
  const rules = redactRulesOf(hook);
  if (rules.length === 0) return new JsonText(text);
  const redacted = redactValue(new Map([['body', parseExact(text)]]), rules);
  return new JsonText(stringifyExact(redacted instanceof Map ? redacted.get('body') : null));
}

/** The body of a batch, with each event's data redacted as its own request would be. */
function redactItems(body: string, rules: RedactStep[][]): string {
  const items = parseExact(body);
  if (!Array.isArray(items)) return body;
  const redacted = items.map((item) => {
    if (!(item instanceof Map)) return item;
    const document = redactValue(new Map([['body', item.get('data') ?? null]]), rules);
    return new Map([...item, ['data', document instanceof Map ? (document.get('body') ?? REDACTED) : REDACTED]]);
  });
  return stringifyExact(redacted);
}

function redactRulesOf(hook: StoredHook): RedactStep[][] {
  return hook.redact.map(parseRedactPath).filter((path) => path !== null);
}

interface Message {
  headers: Readonly<Record<string, JsonValue>>;
  body: string | null;
}

/** A body that is not JSON, such as a form or the beginning of a text, cannot be searched for paths, so it is left out as a whole. */
function redactMessage(
  { headers, body }: Message,
  rules: RedactStep[][],
  hidesBody: boolean,
): { headers: unknown; body: string | null } {
  if (rules.length === 0) return { headers, body };
  const document = new Map([['headers', parseExact(JSON.stringify(headers))]]);
  const parsed = hidesBody && body !== null ? parseBody(body) : undefined;
  if (parsed !== undefined) document.set('body', parsed);
  const redacted = redactValue(document, rules);
  const parts = redacted instanceof Map ? redacted : document;
  const redactedHeaders = parts.get('headers');
  return {
    headers: redactedHeaders instanceof Map ? Object.fromEntries(redactedHeaders) : {},
    body: hidesBody && body ? textOf(parts.get('body')) : body,
  };
}

function textOf(body: ExactValue | undefined): string {
  return body === undefined || body === REDACTED ? REDACTED : stringifyExact(body);
}

function parseBody(text: string): ExactValue | undefined {
  try {
    return parseExact(text);
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
