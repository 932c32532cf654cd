import { z } from 'zod';
import { BUILTIN_SOURCES } from './builtin-sources.ts';
import type { CatalogueEntry, CatalogueView } from './catalogue.ts';
import { findSchemaFault } from './data-schema.ts';
import { type Fault, findDocumentFaults, findShapeFault, isJsonObject } from './json.ts';
import { findSourceNameFaults } from './source-name.ts';
import { describeIssue, toFaults } from './violations.ts';

/** The bound of a body's depth; a schema within it has its own bound, 32. */
const maxDepth = 40;

const fieldName = z.string().min(1).max(128);
const fieldNames = z.array(fieldName).max(100);

/** The body of `PUT /event-hooks/sources/{source}/{event}`. */
export const userSourceSchema = z.strictObject({
  description: z.string().max(1024).nullish(),
  fields: fieldNames.nullish(),
  unique: fieldNames.nullish(),
  schema: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta({ description: 'JSON Schema (2020-12, or draft-07 by $schema) that published data must meet.' }),
});

const namesSchema = z.object(userSourceSchema.pick({ fields: true, unique: true, schema: true }).shape);

/** A workspace's own source event, with defaults filled in. */
export interface UserSource {
  workspace: string;
  source: string;
  event: string;
  description: string | null;
  fields: string[];
  unique: string[] | null;
  schema: Record<string, unknown> | null;
}

/** `schema` is the part of a refused body that can still be compiled: callers look there for faults that are not found here. */
export type UserSourceResult =
  | { ok: true; source: UserSource }
  | { ok: false; faults: Fault[]; schema: UserSource['schema'] };

/** Checks the names and the body of a workspace's own event. Its JSON Schema is not compiled yet: see `compileDataSchema`. */
export function validateUserSource(
  name: { workspace: string; source: string; event: string },
  body: unknown,
): UserSourceResult {
  const shapeFault = findShapeFault(body, maxDepth);
  if (shapeFault !== null || !isJsonObject(body))
    return { ok: false, faults: shapeFault === null ? [] : [shapeFault], schema: null };
  const parsed = userSourceSchema.safeParse(body, { error: describeIssue, reportInput: true });
  const { data: schema } = userSourceSchema.shape.schema.safeParse(body.schema);
  const message = schema ? findSchemaFault(schema) : null;
  const faults = [
    ...findSourceNameFaults(name),
    ...findDocumentFaults(body),
    ...(parsed.success ? [] : toFaults(parsed.error)),
    ...findUniqueFaults(body),
    ...(message === null ? [] : [{ path: ['schema'], message }]),
  ];
  if (!parsed.success || faults.length > 0)
    return { ok: false, faults, schema: message === null ? (schema ?? null) : null };
  const { description, fields, unique } = parsed.data;
  return {
    ok: true,
    source: {
      ...name,
      description: description ?? null,
      fields: fields ?? listSchemaFields(schema),
      unique: unique ?? null,
      schema: schema ?? null,
    },
  };
}

/** Names of `unique` are compared with the data's own keys: a path such as `order.id`, or a misspelt name, would match no event. */
function findUniqueFaults(body: Record<string, unknown>): Fault[] {
  const parsed = namesSchema.safeParse(body);
  if (!parsed.success) return [];
  const { unique, fields, schema } = parsed.data;
  const known = fields ?? listSchemaFields(schema);
  return (unique ?? []).flatMap((name, index) =>
    known.includes(name) ? [] : [{ path: ['unique', index], message: 'expected the name of one of `fields`' }],
  );
}

/** The fields of an event without `fields`: its schema's properties. */
function listSchemaFields(schema: Record<string, unknown> | null | undefined): string[] {
  return isJsonObject(schema?.properties) ? Object.keys(schema.properties).slice(0, 100) : [];
}

/** A catalogue, by default the built-in sources, and more events, such as a workspace's own. */
export function mergeCatalogue(
  userSources: readonly UserSource[],
  known: CatalogueView = BUILTIN_SOURCES,
): CatalogueView {
  const own = new Map<string, Map<string, CatalogueEntry>>();
  for (const userSource of userSources) {
    const { source, event } = userSource;
    const events = own.get(source) ?? new Map(known.get(source));
    own.set(source, events.set(event, toEntry(userSource)));
  }
  return new Map([...known, ...own]);
}

function toEntry({ description, fields, unique, schema }: UserSource): CatalogueEntry {
  return {
    ...(description !== null && { description }),
    fields,
    ...(unique !== null && { unique }),
    ...(schema !== null && { schema }),
  };
}
