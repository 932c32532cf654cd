import { isRecord } from '../api.ts';
import type { Session } from '../session.ts';
import { printKey, typeOfSchema } from './type-of-schema.ts';

export interface TypesOptions {
  source?: string[];
  name: string;
}

type Entry = Record<string, unknown>;

/** Writes TypeScript types of the catalogue, for `createPublisher<Events>`. */
export async function printTypes({ api, output }: Session, options: TypesOptions): Promise<void> {
  const body = await api.get('/event-hooks/sources');
  const all = Object.entries(isRecord(body) && isRecord(body.data) ? body.data : {});
  const wanted = options.source ?? [];
  const sources = all.filter(([source]) => wanted.length === 0 || wanted.includes(source));
  const text = formatTypes(options.name, sources);
  output.result({ types: text }, () => text.trimEnd());
}

/** Shapes that several events share get a name of their own: Kong's catalogue has few shapes and many events. */
function formatTypes(name: string, sources: readonly [string, unknown][]): string {
  const events = sources.flatMap(([source, entries]) =>
    Object.entries(isRecord(entries) ? entries : {}).map(([event, entry]) => ({
      source,
      event,
      entry: isRecord(entry) ? entry : {},
      type: typeOfEntry(isRecord(entry) ? entry : {}),
    })),
  );
  const counts = Map.groupBy(events, ({ type }) => type);
  const aliases = new Map(
    [...counts].filter(([, users]) => users.length > 1).map(([type], index) => [type, `${name}Data${index + 1}`]),
  );
  const lines = ['// Written by: eventhooks types. Do not edit.', ''];
  for (const [type, alias] of aliases) lines.push(`type ${alias} = ${type};`, '');
  lines.push(`export type ${name} = {`);
  for (const [source, own] of Map.groupBy(events, (event) => event.source)) {
    lines.push(`  ${printKey(source)}: {`);
    for (const { event, entry, type } of own) {
      if (typeof entry.description === 'string')
        lines.push(`    /** ${entry.description.replaceAll('*/', '* /').replaceAll('\n', ' ')} */`);
      lines.push(`    ${printKey(event)}: ${aliases.get(type) ?? type};`);
    }
    lines.push('  };');
  }
  return `${[...lines, '};'].join('\n')}\n`;
}

/** By its schema; without one its fields are known by name only, and others are allowed. */
function typeOfEntry({ schema, fields }: Entry): string {
  if (isRecord(schema)) return typeOfSchema(schema);
  const names = Array.isArray(fields) ? fields.map((field) => `${printKey(String(field))}?: unknown`) : [];
  return `{ ${[...names, '[field: string]: unknown'].join('; ')} }`;
}
