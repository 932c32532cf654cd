import type { PrintedHook } from '@eventhooks/contract';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { type DeclaredHook, readDeclaration } from './hooks/hook-file.ts';
import { findHook } from './hooks/hooks.ts';
import { readJsonObject } from './read-input.ts';
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
  const hook = await readHook(session, options, which);
  const source = String(hook.source);
  const event = options.event ?? hook.event;
  if (typeof event !== 'string')
    throw new CommandFailure(EXIT.usage, 'The hook hears every event of its source; name one by --event');
  const data =
    options.data === undefined ? await fetchSample(session, source, event) : await readJsonObject(options.data);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  const { handler, config } = hook;
  const answer = await api.call('POST /event-hooks/render', { body: { source, event, handler, config, data } });
  if ('error' in answer) throw new CommandFailure(EXIT.no, `${answer.error_code}: ${answer.error}`);
  const { method, url, headers, body } = answer.request;
  output.result(answer.request, () => {
    const lines = Object.entries(headers).map(([name, value]) => `${output.paint('gray', `${name}:`)} ${value}`);
    return [output.paint('bold', `${method} ${url}`), ...lines, '', body ?? ''].join('\n');
  });
}

/** A stored hook, or one declared in a file, which the server checks. */
async function readHook(
  { api }: Session,
  { file }: RenderOptions,
  which: string | undefined,
): Promise<PrintedHook | DeclaredHook['body']> {
  if (file === undefined && which !== undefined) return findHook(api, which);
  if (file === undefined) throw new CommandFailure(EXIT.usage, 'Name a hook, or a file by --file');
  const { hooks } = await readDeclaration([file]);
  const found = which === undefined ? hooks : hooks.filter(({ label }) => label === which);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.body;
  throw new CommandFailure(
    EXIT.usage,
    `${file} has ${found.length} such hooks; name one: ${hooks.map(({ label }) => label).join(', ')}`,
  );
}
