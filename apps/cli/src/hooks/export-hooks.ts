import {
  BUILTIN_SOURCES,
  type PrintedHook,
  type PrintedInbound,
  type PrintedSources,
  privateFieldsOf,
} from '@eventhooks/contract';
import { stringifyExact } from '@eventhooks/contract/exact-json';
import { type Document, isCollection, parseDocument, Scalar, visit } from 'yaml';
import { isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { ownPartsOf } from '../inbound/own-parts.ts';
import type { Session } from '../session.ts';
import { findHooks } from './find-hook.ts';

export interface ExportOptions {
  tags?: string;
  withSecrets?: boolean;
}

/**
 * Prints hooks, the user's events that they hear, and (unless hooks are named) inbound endpoints, as a file that
 * `apply` takes. Secrets become variables.
 */
export async function exportHooks({ api, output }: Session, options: ExportOptions, operands: string[]): Promise<void> {
  const hooks =
    operands.length > 0 ? await findHooks(api, operands) : await api.all('GET /event-hooks', { tags: options.tags });
  const { data } = await api.call('GET /event-hooks/sources');
  const endpoints = operands.length > 0 ? [] : (await api.all('GET /inbound')).filter(byTags(options.tags));
  if (options.withSecrets && endpoints.some(({ verify }) => verify.secrets?.includes(null))) {
    throw new CommandFailure(
      EXIT.no,
      'The token may not see secrets: use one of an admin, or leave out --with-secrets',
    );
  }
  const inbound = endpoints.map(toDeclaredInbound);
  const declaration = {
    ...pickSources(data, hooks),
    ...(inbound.length > 0 && { inbound }),
    hooks: hooks.map((hook) => toDeclared(hook, hooks)),
  };
  const document = toDocument(declaration);
  const variables = options.withSecrets
    ? []
    : [
        ...endpoints.flatMap((endpoint, index) => hideInboundSecrets(document, endpoint, index)),
        ...hooks.flatMap((hook, index) => hideSecrets(document, hook, index)),
      ];
  output.result({ ...toJson(document), variables }, () => document.toString({ lineWidth: 0 }).trimEnd());
  if (variables.length > 0 && !output.json)
    output.note(`Set before you apply it: ${variables.join(', ')}. (--with-secrets writes the values instead.)`);
}

/** Events of the user's own, which another server may not have. */
function pickSources(catalogue: PrintedSources, hooks: readonly PrintedHook[]): { sources?: PrintedSources } {
  const sources: PrintedSources = {};
  for (const { source, event } of hooks) {
    for (const [name, entry] of Object.entries(catalogue[source] ?? {})) {
      if ((event !== null && event !== name) || BUILTIN_SOURCES.get(source)?.has(name)) continue;
      sources[source] = { ...sources[source], [name]: entry };
    }
  }
  return Object.keys(sources).length === 0 ? {} : { sources };
}

/** A hook without what the server sets, and without gaps. It has its id only where its name does not find it again. */
function toDeclared(hook: PrintedHook, all: readonly PrintedHook[]): Record<string, unknown> {
  const { id, name, source, event, handler, config, created_at, updated_at, unreadable, ...rest } = hook;
  const isUnique = typeof name === 'string' && all.filter((other) => other.name === name).length === 1;
  return withoutGaps({
    ...(isUnique ? { name } : { id, name }),
    source,
    event,
    handler,
    ...rest,
    config: withoutGaps(config),
  });
}

function withoutGaps(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && value !== undefined && !isEmpty(value)),
  );
}

function isEmpty(value: unknown): boolean {
  return (isRecord(value) && Object.keys(value).length === 0) || (Array.isArray(value) && value.length === 0);
}

/** JSON is YAML, too, so numbers keep their digits; only its style is changed, to a readable one. */
function toDocument(value: unknown): Document {
  const document = parseDocument(stringifyExact(value), { intAsBigInt: true });
  visit(document, {
    Collection: (_, node) => {
      if (isCollection(node)) node.flow = false;
    },
    Scalar: (_, node) => {
      if (typeof node.value === 'string') node.type = node.value.includes('\n') ? 'BLOCK_LITERAL' : 'PLAIN';
    },
  });
  return document as Document;
}

function toJson(document: Document): Record<string, unknown> {
  const value: unknown = document.toJS();
  return isRecord(value) ? value : {};
}

/** Puts a variable in the place of each secret. @returns their names. */
function hideSecrets(document: Document, hook: PrintedHook, index: number): string[] {
  const config = hook.config as Parameters<typeof privateFieldsOf>[0];
  return privateFieldsOf(config).map(({ path }) => {
    return putVariable(document, ['hooks', index, 'config', ...path], [hook.name ?? hook.id, ...path]);
  });
}

/** Filters endpoints by tags, as the server filters hooks: `a,b` asks for both, `a/b` for either. */
function byTags(wanted: string | undefined): (endpoint: PrintedInbound) => boolean {
  if (wanted === undefined) return () => true;
  const isEither = wanted.includes('/');
  const named = wanted.split(isEither ? '/' : ',');
  return ({ tags }) => (isEither ? named.some((tag) => tags.includes(tag)) : named.every((tag) => tags.includes(tag)));
}

/** An endpoint without what the server or its preset sets. */
function toDeclaredInbound(endpoint: PrintedInbound): Record<string, unknown> {
  const { name, preset, enabled, tags, rate_limit } = endpoint;
  const { verify, map, respond } = ownPartsOf(endpoint);
  return withoutGaps({ name, preset, ...(!enabled && { enabled }), tags, rate_limit, verify, map, respond });
}

function hideInboundSecrets(document: Document, { name, verify, respond }: PrintedInbound, index: number): string[] {
  const secrets = (verify.secrets ?? []).map((_, place) =>
    putVariable(
      document,
      ['inbound', index, 'verify', 'secrets', place],
      [name, 'secret', ...(place > 0 ? [place + 1] : [])],
    ),
  );
  if (!respond?.verify_token) return secrets;
  const token = putVariable(document, ['inbound', index, 'respond', 'verify_token'], [name, 'verify_token']);
  return [...secrets, token];
}

/** Puts a variable in the place of a value. @returns its name. */
function putVariable(
  document: Document,
  path: readonly (string | number)[],
  words: readonly (string | number)[],
): string {
  const variable = words.join('_').replaceAll(/\W+/g, '_').toUpperCase();
  const reference = new Scalar(variable);
  reference.tag = '!env';
  document.setIn(path, reference);
  return variable;
}
