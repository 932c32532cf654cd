import { BUILTIN_SOURCES, type PrintedSources } from '@eventhooks/contract';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { formatTable, plain } from './output.ts';
import { readJsonObject } from './read-input.ts';
import type { Session } from './session.ts';

/** Lists the events of the catalogue: of one source, or of all. */
export async function listSources(
  { api, output }: Session,
  { own }: { own?: boolean },
  [wanted]: string[],
): Promise<void> {
  const data: PrintedSources =
    wanted === undefined
      ? (await api.call('GET /event-hooks/sources')).data
      : { [wanted]: (await api.call('GET /event-hooks/sources/{source}', { params: { source: wanted } })).data };
  const events = Object.entries(data).flatMap(([source, entries]) =>
    Object.entries(entries)
      .filter(([event]) => !own || !isBuiltIn(source, event))
      .map(([event, entry]) => ({ source, event, is_built_in: isBuiltIn(source, event), ...entry })),
  );
  output.result(events, () =>
    formatTable(
      ['source', 'event', 'made by', 'fields', 'description'],
      events.map(({ source, event, is_built_in, fields, description }) => [
        plain(source),
        plain(event),
        is_built_in ? 'built in' : 'you',
        plain(fields.join(', ')),
        plain(description),
      ]),
    ),
  );
}

function isBuiltIn(source: string, event: string): boolean {
  return BUILTIN_SOURCES.get(source)?.has(event) ?? false;
}

export async function getSource({ api, output }: Session, _options: object, operands: string[]): Promise<void> {
  const [source = '', event = ''] = operands;
  const { data } = await api.call('GET /event-hooks/sources/{source}/{event}', { params: { source, event } });
  output.result(data, () => JSON.stringify(data, null, 2));
}

export interface SetSourceOptions {
  description?: string;
  fields?: string[];
  unique?: string[];
  schema?: string;
}

/** Adds an event of the user's own, or changes the parts of it that are given. */
export async function setSource(
  { api, output }: Session,
  options: SetSourceOptions,
  [source = '', event = '']: string[],
): Promise<void> {
  const params = { source, event };
  const existing = await api.request('GET /event-hooks/sources/{source}/{event}', { params });
  if (!existing.ok && !(existing.kind === 'refused' && existing.status === 404))
    throw new CommandFailure(existing.kind === 'refused' ? EXIT.refused : EXIT.unavailable, existing.message);
  const { description, fields, unique } = options;
  const schema = options.schema === undefined ? undefined : await readJsonObject(options.schema);
  const body = { ...(existing.ok && existing.body.data), ...omitAbsent({ description, fields, unique, schema }) };
  const { data } = await api.call('PUT /event-hooks/sources/{source}/{event}', { params, body });
  output.result(data, () => `${existing.ok ? 'Changed' : 'Added'} ${plain(`${source}/${event}`)}`);
}

function omitAbsent(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

export async function deleteSource({ api, output }: Session, _options: object, operands: string[]): Promise<void> {
  const [source = '', event = ''] = operands;
  await api.call('DELETE /event-hooks/sources/{source}/{event}', { params: { source, event } });
  output.result({ deleted: `${source}/${event}` }, () => `Deleted ${plain(`${source}/${event}`)}`);
}
