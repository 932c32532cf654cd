import { type DefaultContext, defaultsOf, type Fields, ownNamesOf } from './field.ts';
import { definitionOf, type Handler } from './handlers/index.ts';
import type { Hook } from './hook.ts';
import { HOOK_FIELDS } from './hook-fields.ts';
import { isJsonObject } from './json.ts';

/** The defaults of the fields of `config`, as the reference prints them. */
export function configDefaults(handler: Handler, context: DefaultContext): Record<string, unknown> {
  return defaultsOf(definitionOf(handler).config, context);
}

/** The names of the own fields (absent from Kong) that a request body gives, those of `config` included. */
export function listOwnFields(body: Record<string, unknown>, handler: Handler): string[] {
  const config = isJsonObject(body.config) ? body.config : {};
  return [
    ...ownNamesOf(HOOK_FIELDS).filter((name) => Object.hasOwn(body, name)),
    ...ownNamesOf(definitionOf(handler).config)
      .filter((name) => Object.hasOwn(config, name))
      .map((name) => `config.${name}`),
  ];
}

/**
 * A hook as the API answers it, keys in alphabetical order. Kong's fields are always there; own fields only when the client gave
 * them or when they differ from their default. So Kong's documented answers hold exactly, and clients read back what they wrote.
 */
export function printHook(hook: Hook): Record<string, unknown> {
  const { workspace: _workspace, explicit, old_secrets: _old, unreadable, config, ...fields } = hook;
  const shownConfig = pickShown(config, definitionOf(hook.handler).config, explicit, 'config.');
  const shown = pickShown(fields, HOOK_FIELDS, explicit, '');
  return sortKeys({ ...shown, config: sortKeys(shownConfig), ...(unreadable.length > 0 && { unreadable }) });
}

function pickShown(
  values: object,
  fields: Fields,
  explicit: readonly string[],
  prefix: string,
): Record<string, unknown> {
  const isShown = ([name, value]: [string, unknown]): boolean => {
    const field = fields[name];
    if (!field?.isOwn || explicit.includes(prefix + name)) return true;
    return JSON.stringify(value) !== JSON.stringify(field.default);
  };
  return Object.fromEntries(Object.entries(values).filter(isShown));
}

function sortKeys(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
