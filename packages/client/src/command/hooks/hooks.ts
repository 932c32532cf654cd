import { type Api, isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatTable, formatTime, plain } from '../output.ts';
import type { Session } from '../session.ts';

export async function listHooks({ api, output }: Session, { tags }: { tags?: string }): Promise<void> {
  const hooks: Record<string, unknown>[] = [];
  for await (const hook of api.list('/event-hooks', { tags })) if (isRecord(hook)) hooks.push(hook);
  output.result(hooks, () =>
    formatTable(
      ['id', 'name', 'handler', 'source/event', 'fires', 'to', 'state', 'updated'],
      hooks.map((hook) => [
        plain(hook.id),
        plain(hook.name),
        plain(hook.handler),
        plain(`${hook.source}/${hook.event ?? '*'}`),
        describeFiring(hook),
        plain(isRecord(hook.config) ? hook.config.url : ''),
        hook.enabled === false ? output.paint('red', 'disabled') : 'enabled',
        formatTime(hook.updated_at),
      ]),
    ),
  );
}

function describeFiring({ snooze, on_change }: Record<string, unknown>): string {
  const parts = [on_change === true ? 'on change' : '', Number(snooze ?? 0) > 0 ? `once in ${snooze} s` : ''];
  return parts.filter(Boolean).join(', ') || 'always';
}

export async function getHook({ api, output }: Session, _options: object, [which = '']: string[]): Promise<void> {
  const hook = await findHook(api, which);
  output.result(hook, () => JSON.stringify(hook, null, 2));
}

export async function deleteHooks({ api, output }: Session, _options: object, operands: string[]): Promise<void> {
  const ids: string[] = [];
  for (const which of operands) ids.push(String((await findHook(api, which)).id));
  for (const id of ids) await api.call('DELETE', `/event-hooks/${id}`);
  output.result({ deleted: ids }, () => ids.map((id) => `Deleted ${id}`).join('\n'));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A hook by its id, or by its name where only one has it. */
export async function findHook(api: Api, which: string): Promise<Record<string, unknown>> {
  if (UUID.test(which)) {
    const hook = await api.get(`/event-hooks/${which.toLowerCase()}`);
    if (isRecord(hook)) return hook;
  }
  const named: Record<string, unknown>[] = [];
  for await (const hook of api.list('/event-hooks')) if (isRecord(hook) && hook.name === which) named.push(hook);
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  throw new CommandFailure(
    EXIT.refused,
    first === undefined
      ? `There is no hook with the id or name '${which}'`
      : `${named.length} hooks have the name '${which}'; give the id: ${named.map(({ id }) => id).join(', ')}`,
  );
}
