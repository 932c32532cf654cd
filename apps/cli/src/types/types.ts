import type { PrintedSource } from '@eventhooks/contract';
import type { Session } from '../session.ts';
import { printKey, typeOfSchema } from './type-of-schema.ts';

export interface TypesOptions {
  source?: string[];
  name: string;
}

type Entry = PrintedSource[string];

/** Writes TypeScript types of the catalogue, for `createPublisher<Events>`. */
export async function printTypes({ api, output }: Session, options: TypesOptions): Promise<void> {
  const { data } = await api.call('GET /event-hooks/sources');
  const all = Object.entries(data);
  const wanted = options.source ?? [];
  const sources = all.filter(([source]) => wanted.length === 0 || wanted.includes(source));
  const text = formatTypes(options.name, sources);
  output.result({ types: text }, () => text.trimEnd());
}

/** Shapes that several events share get their own name: Kong's catalogue has few shapes and many events. */
function formatTypes(name: string, sources: readonly [string, PrintedSource][]): string {
  const events = sources.flatMap(([source, entries]) =>
    Object.entries(entries).map(([event, entry]) => ({ source, event, entry, type: typeOfEntry(entry) })),
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
      if (entry.description !== undefined)
        lines.push(`    /** ${entry.description.replaceAll('*/', '* /').replaceAll('\n', ' ')} */`);
      lines.push(`    ${printKey(event)}: ${aliases.get(type) ?? type};`);
    }
    lines.push('  };');
  }
  return `${[...lines, '};'].join('\n')}\n`;
}

/** The type from the event's schema. Without a schema, fields are known only by name, and others are allowed. */
function typeOfEntry({ schema, fields }: Entry): string {
  if (schema !== undefined) return typeOfSchema(schema);
  const names = fields.map((field) => `${printKey(field)}?: unknown`);
  return `{ ${[...names, '[field: string]: unknown'].join('; ')} }`;
}
