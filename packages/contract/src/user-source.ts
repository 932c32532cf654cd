import { z } from 'zod';
import { BUILTIN_SOURCES } from './builtin-sources.ts';
import type { CatalogueEntry, CatalogueView } from './catalogue.ts';
import { compileDataSchema } from './data-schema.ts';
import { type Fault, findDocumentFaults, findShapeFault, isJsonObject } from './json.ts';
import { describeIssue, toFaults } from './violations.ts';

/** Body depth at most: the schema's own bound is 32. */
const MAX_DEPTH = 40;

/** Source and event names as they stand in paths: no slash, no space, nothing a URL or a log line would have to escape. */
export const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

const fieldName = z.string().min(1).max(128);
const fieldNames = z.array(fieldName).max(100);

/** What `PUT /event-hooks/sources/{source}/{event}` takes. */
export const userSourceSchema = z.strictObject({
  description: z.string().max(1024).nullish(),
  fields: fieldNames.nullish(),
  unique: fieldNames.nullish(),
  schema: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta({ description: 'JSON Schema (2020-12, or draft-07 by $schema) that published data must meet.' }),
});

/** A workspace's own event, defaults filled in. */
export interface UserSource {
  workspace: string;
  source: string;
  event: string;
  description: string | null;
  fields: string[];
  unique: string[] | null;
  schema: Record<string, unknown> | null;
}

export type UserSourceResult = { ok: true; source: UserSource } | { ok: false; faults: Fault[] };

/** Checks the body and names of a user's source; its JSON Schema is compiled, and a compile error is a fault of `schema`. */
export function validateUserSource(
  name: { workspace: string; source: string; event: string },
  body: unknown,
): UserSourceResult {
  const shapeFault = findShapeFault(body, MAX_DEPTH);
  if (shapeFault !== null) return { ok: false, faults: [shapeFault] };
  const faults: Fault[] = [...findSourceNameFaults(name), ...findDocumentFaults(body)];
  const parsed = userSourceSchema.safeParse(body, { error: describeIssue, reportInput: true });
  if (!parsed.success) return { ok: false, faults: [...faults, ...toFaults(parsed.error)] };
  const { description, fields, unique, schema } = parsed.data;
  if (schema) {
    const compiled = compileDataSchema(schema);
    if (!compiled.ok) faults.push({ path: ['schema'], message: compiled.message });
  }
  if (faults.length > 0) return { ok: false, faults };
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

function findSourceNameFaults({ source, event }: { source: string; event: string }): Fault[] {
  const message = 'expected letters, digits and . _ : - (128 at most)';
  const faults: Fault[] = [];
  if (!SOURCE_NAME.test(source)) faults.push({ path: ['source'], message });
  if (!SOURCE_NAME.test(event)) faults.push({ path: ['event'], message });
  if (BUILTIN_SOURCES.get(source)?.has(event))
    faults.push({ path: ['event'], message: 'a built-in event cannot be changed' });
  return faults;
}

/** Without `fields` of its own, a source with a schema names the schema's properties. */
function listSchemaFields(schema: Record<string, unknown> | null | undefined): string[] {
  return isJsonObject(schema?.properties) ? Object.keys(schema.properties).slice(0, 100) : [];
}

/** The built-in sources with a workspace's own on top. Schemas are compiled when data is first checked against them. */
export function mergeCatalogue(userSources: readonly UserSource[]): CatalogueView {
  const own = new Map<string, Map<string, CatalogueEntry>>();
  for (const userSource of userSources) {
    const { source, event } = userSource;
    const events = own.get(source) ?? new Map(BUILTIN_SOURCES.get(source));
    own.set(source, events.set(event, toEntry(userSource)));
  }
  return new Map([...BUILTIN_SOURCES, ...own]);
}

function toEntry({ description, fields, unique, schema }: UserSource): CatalogueEntry {
  let compiled: ReturnType<typeof compileDataSchema> | undefined;
  return {
    ...(description !== null && { description }),
    fields,
    ...(unique !== null && { unique }),
    ...(schema !== null && {
      schema,
      check: (data) => {
        compiled ??= compileDataSchema(schema);
        return compiled.ok ? compiled.check(data) : [{ path: [], message: compiled.message }];
      },
    }),
  };
}
