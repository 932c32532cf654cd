import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { readDeclaration } from './hooks/hook-file.ts';
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
  const event = options.event ?? (typeof hook.event === 'string' ? hook.event : undefined);
  if (event === undefined)
    throw new CommandFailure(EXIT.usage, 'The hook hears every event of its source; name one by --event');
  const data =
    options.data === undefined ? await fetchSample(session, source, event) : await readJsonObject(options.data);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  const { handler, config } = hook;
  const answer = await api.call('POST', '/event-hooks/render', { source, event, handler, config, data });
  const request = isRecord(answer) ? answer.request : undefined;
  if (!isRecord(request)) {
    const message = isRecord(answer) ? `${answer.error_code}: ${answer.error}` : 'The answer is no preview';
    throw new CommandFailure(EXIT.no, message);
  }
  output.result(request, () => {
    const headers = Object.entries(isRecord(request.headers) ? request.headers : {});
    const lines = headers.map(([name, value]) => `${output.paint('gray', `${name}:`)} ${value}`);
    return [output.paint('bold', `${request.method} ${request.url}`), ...lines, '', String(request.body ?? '')].join(
      '\n',
    );
  });
}

async function readHook(
  { api }: Session,
  { file }: RenderOptions,
  which: string | undefined,
): Promise<Record<string, unknown>> {
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
