import { canPreview, HANDLERS, type PrintedFilterPreview, type PrintedHook } from '@eventhooks/contract';
import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { findHook } from './hooks/find-hook.ts';
import { type DeclaredHook, type DeclaredSource, readDeclaration } from './hooks/hook-file.ts';
import { formatTable, formatTime, plain } from './output.ts';
import { readJsonObject } from './read-input.ts';
import { sampleOf } from './samples/samples.ts';
import { type Assignment, applyAssignment } from './samples/set-value.ts';
import type { Session } from './session.ts';
import { fetchSample } from './trigger.ts';

export interface RenderOptions {
  file?: string;
  event?: string;
  data?: string;
  set?: Assignment[];
}

/** Shows what a webhook, stored or in a file, would send for an event. Nothing is sent. */
export async function renderHook(session: Session, options: RenderOptions, [which]: string[]): Promise<void> {
  const { api, output } = session;
  const { hook, sources } = await readHook(session, options, which);
  const source = String(hook.source);
  const event = options.event ?? hook.event;
  if (typeof event !== 'string')
    throw new CommandFailure(EXIT.usage, 'The hook hears several events of its source; name one with --event');
  const declared = sources[source]?.[event];
  const data =
    options.data !== undefined
      ? await readJsonObject(options.data)
      : declared === undefined
        ? await fetchSample(session, source, event)
        : sampleOfDeclared(source, event, declared);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  const { events = null, filter = null, batch = null } = hook;
  // Handlers that send no request of their own have no preview, and filters are judged alike for all of them.
  const isSent = filter === null || HANDLERS.some((name) => name === hook.handler && canPreview(name));
  const { handler, config } = isSent ? hook : filterOnly;
  const answer = await api.call('POST /event-hooks/render', {
    body: {
      source,
      event,
      handler,
      config,
      events,
      filter,
      ...(isSent && { batch }),
      data,
      ...(Object.keys(sources).length > 0 && { sources }),
    },
  });
  if ('error' in answer) throw new CommandFailure(EXIT.no, `${answer.error_code}: ${answer.error}`);
  const { method, url, headers, body } = answer.request;
  const preview = answer.filter;
  if (!isSent && preview) {
    output.result({ filter: preview }, () => describeFilter(preview));
    return;
  }
  output.result(preview ? { ...answer.request, filter: preview } : answer.request, () => {
    const lines = Object.entries(headers).map(([name, value]) => `${output.paint('gray', `${name}:`)} ${value}`);
    const verdict = preview ? [describeFilter(preview), ''] : [];
    return [...verdict, output.paint('bold', `${method} ${url}`), ...lines, '', body ?? ''].join('\n');
  });
}

/** A webhook that nothing is sent to, in place of a handler without a preview. */
const filterOnly = { handler: 'webhook', config: { url: 'https://example.com/' } };

const verdicts = {
  passes: () => 'The filter lets this event through',
  filtered: () => 'The filter does not let this event through',
  error: (message) => `The filter fails for this event (${message})`,
} satisfies Record<PrintedFilterPreview['verdict'], (message: string | null) => string>;

function describeFilter({ verdict, message, recent, latest }: PrintedFilterPreview): string {
  const rows = latest.map((event) => [event.verdict, plain(event.event), event.id, formatTime(event.created_at)]);
  return [
    `${verdicts[verdict](message)}, and ${recent.passing} of the last ${recent.events} events that the hook would hear of without it.`,
    ...(rows.length > 0 ? ['', formatTable(['verdict', 'event', 'id', 'published'], rows)] : []),
  ].join('\n');
}

/** A stored hook, or one declared in a file, which the server checks. */
async function readHook(
  { api }: Session,
  { file }: RenderOptions,
  which: string | undefined,
): Promise<{ hook: PrintedHook | DeclaredHook['body']; sources: SourcesOfFile }> {
  if (file === undefined && which !== undefined) return { hook: await findHook(api, which), sources: {} };
  if (file === undefined) throw new CommandFailure(EXIT.usage, 'Name a hook, or a file with --file');
  const { hooks, sources } = await readDeclaration([file]);
  const found = which === undefined ? hooks : hooks.filter(({ label }) => label === which);
  const [first] = found;
  if (first !== undefined && found.length === 1) return { hook: first.body, sources: nest(sources) };
  throw new CommandFailure(
    EXIT.usage,
    `${file} has ${found.length} such hooks; name one: ${hooks.map(({ label }) => label).join(', ')}`,
  );
}

/** A file's own events, which the server may not have yet: by source and event. */
type SourcesOfFile = Record<string, Record<string, Record<string, unknown>>>;

function nest(sources: readonly DeclaredSource[]): SourcesOfFile {
  const nested: SourcesOfFile = {};
  for (const { source, event, body } of sources) nested[source] = { ...nested[source], [event]: body };
  return nested;
}

function sampleOfDeclared(source: string, event: string, { fields, schema }: Record<string, unknown>) {
  const names = Array.isArray(fields) ? fields.map(String) : [];
  return sampleOf(source, event, { fields: names, ...(isRecord(schema) && { schema }) });
}
