import type { PrintedHook } from '@eventhooks/contract';
import { isUuid } from '@eventhooks/contract/uuid';
import type { Api } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatTable, formatTime, plain } from '../output.ts';
import type { Session } from '../session.ts';
import { parseDuration } from '../times.ts';

export async function listHooks({ api, output }: Session, { tags }: { tags?: string }): Promise<void> {
  const hooks = await api.all('GET /event-hooks', { tags });
  output.result(hooks, () =>
    formatTable(
      ['id', 'name', 'handler', 'source/event', 'fires', 'to', 'state', 'updated'],
      hooks.map((hook) => [
        plain(hook.id),
        plain(hook.name),
        plain(hook.handler),
        plain(`${hook.source}/${hook.event ?? '*'}`),
        describeFiring(hook),
        plain(hook.config.url),
        hook.enabled === false ? output.paint('red', 'disabled') : 'enabled',
        formatTime(hook.updated_at),
      ]),
    ),
  );
}

function describeFiring({ snooze, on_change }: PrintedHook): string {
  const parts = [on_change ? 'on change' : '', snooze ? `once in ${snooze} s` : ''];
  return parts.filter(Boolean).join(', ') || 'always';
}

export async function getHook({ api, output }: Session, _options: object, [which = '']: string[]): Promise<void> {
  const hook = await findHook(api, which);
  output.result(hook, () => JSON.stringify(hook, null, 2));
}

export async function deleteHooks({ api, output }: Session, _options: object, operands: string[]): Promise<void> {
  const ids: string[] = [];
  for (const which of operands) ids.push((await findHook(api, which)).id);
  for (const id of ids) await api.call('DELETE /event-hooks/{id}', { params: { id } });
  output.result({ deleted: ids }, () => ids.map((id) => `Deleted ${id}`).join('\n'));
}

/** Shows a hook's breaker, and how many deliveries wait for it. */
export async function showHookStatus(
  { api, output }: Session,
  _options: object,
  [which = '']: string[],
): Promise<void> {
  const { id, enabled } = await findHook(api, which);
  const status = await api.call('GET /event-hooks/{id}/status', { params: { id } });
  const { breaker } = status;
  output.result(status, () =>
    [
      enabled === false
        ? `${output.paint('red', 'disabled')}${status.disabled_reason ? `: ${plain(status.disabled_reason)}` : ''}`
        : 'enabled',
      `breaker ${output.paint(breaker.state === 'closed' ? 'green' : 'red', breaker.state)}`,
      ...(breaker.probe_at ? [`next probe ${formatTime(breaker.probe_at)}`] : []),
      ...(status.failing_since ? [`failing since ${formatTime(status.failing_since)}`] : []),
      `${plain(status.waiting)} deliveries wait`,
    ].join('\n'),
  );
}

export interface RotateOptions {
  gracePeriod?: string;
  secret?: string;
}

/** Gives a webhook a new secret. Only the secret goes to standard output. The old one also signs during the grace period. */
export async function rotateSecret(
  { api, output }: Session,
  options: RotateOptions,
  [which = '']: string[],
): Promise<void> {
  const { id } = await findHook(api, which);
  const hook = await api.call('POST /event-hooks/{id}/rotate-secret', {
    params: { id },
    body: {
      ...(options.secret !== undefined && { secret: options.secret }),
      ...(options.gracePeriod !== undefined && { grace_period: readGraceSeconds(options.gracePeriod) }),
    },
  });
  if (!output.json)
    output.note(
      `The new secret of ${plain(id)}; receivers that know the old one accept both until the grace period ends:`,
    );
  output.result(hook, () => plain(hook.config.secret));
}

function readGraceSeconds(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === null)
    throw new CommandFailure(EXIT.usage, `--grace-period '${text}': expected a duration such as '24h'`);
  return Math.round(durationMs / 1000);
}

/** A hook by its id, or by its name where only one has it. */
export async function findHook(api: Api, which: string): Promise<PrintedHook> {
  if (isUuid(which)) return api.call('GET /event-hooks/{id}', { params: { id: which } });
  const named = (await api.all('GET /event-hooks')).filter(({ name }) => name === which);
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  throw new CommandFailure(
    EXIT.refused,
    first === undefined
      ? `There is no hook with the id or name '${which}'`
      : `${named.length} hooks have the name '${which}'; give the id: ${named.map(({ id }) => id).join(', ')}`,
  );
}
