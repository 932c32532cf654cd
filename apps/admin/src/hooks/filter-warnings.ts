import { type CatalogueEntry, compilePattern, type Hook, isJsonObject } from '@eventhooks/contract';
import type { AdminContext } from '../context.ts';

/**
 * Fields that the filter reads and that no event of the hook can have, because the catalogue has a schema of each of its events. The
 * hook is stored all the same: schemas change, too.
 */
export function findFilterWarnings({ catalogue, filters }: AdminContext, hook: Hook): string[] {
  if (hook.filter === null) return [];
  const compiled = filters.compile(hook.filter);
  const schemas = listEntries(hook, catalogue.viewOf(hook.workspace).get(hook.source) ?? new Map()).map(
    ({ schema }) => schema,
  );
  if (!compiled.ok || schemas.length === 0) return [];
  const missing = compiled.expression.paths.filter(
    ([variable, ...path]) => variable === 'data' && schemas.every((schema) => lacks(schema, path)),
  );
  return [...new Set(missing.map((path) => path.join('.')))].map(
    (path) => `filter: ${path} cannot exist, says the schema in the catalogue`,
  );
}

function listEntries({ event, events }: Hook, entries: ReadonlyMap<string, CatalogueEntry>): CatalogueEntry[] {
  const matchers = events?.map(compilePattern);
  return [...entries].flatMap(([name, entry]) => {
    const isHeard = matchers ? matchers.some((matches) => matches(name)) : event === null || event === name;
    return isHeard ? [entry] : [];
  });
}

/** Whether a value that meets the schema cannot have the field. What the schema says in any other way counts as possible. */
function lacks(schema: unknown, path: readonly string[]): boolean {
  const [field, ...rest] = path;
  if (field === undefined || !isJsonObject(schema)) return false;
  const { properties, additionalProperties, patternProperties, type } = schema;
  if (type !== undefined && ![type].flat().includes('object')) return true;
  if (isJsonObject(properties) && Object.hasOwn(properties, field)) return lacks(properties[field], rest);
  return additionalProperties === false && patternProperties === undefined;
}
