import type { PrintedHook } from '@eventhooks/contract';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount, formatTable, formatTime, type Output, plain } from '../output.ts';
import type { Session } from '../session.ts';
import { parseDuration } from '../times.ts';
import { findHook, findHooks, labelOf } from './find-hook.ts';

export async function listHooks({ api, output }: Session, { tags }: { tags?: string }): Promise<void> {
  const hooks = await api.all('GET /event-hooks', { tags });
  output.result(hooks, () =>
    formatTable(
      ['id', 'name', 'handler', 'source/event', 'fires', 'to', 'state', 'updated'],
      hooks.map((hook) => [
        plain(hook.id),
        plain(hook.name),
        plain(hook.handler),
        plain(`${hook.source}/${hook.events?.join(',') ?? hook.event ?? '*'}`),
        describeFiring(hook),
        plain(hook.config.url),
        describeState(hook, output),
        formatTime(hook.updated_at),
      ]),
    ),
  );
}

function describeState({ enabled, paused }: PrintedHook, output: Output): string {
  if (enabled === false) return output.paint('red', 'disabled');
  return paused ? output.paint('yellow', 'paused') : 'enabled';
}

function describeFiring({ snooze, snooze_edge, on_change }: PrintedHook): string {
  const edge = snooze_edge && snooze_edge !== 'leading' ? ` (${snooze_edge})` : '';
  const parts = [on_change ? 'on change' : '', snooze ? `once per ${snooze} s${edge}` : ''];
  return parts.filter(Boolean).join(', ') || 'always';
}

export async function getHook({ api, output }: Session, _options: object, [which = '']: string[]): Promise<void> {
  const hook = await findHook(api, which);
  output.result(hook, () => JSON.stringify(hook, null, 2));
}

export async function deleteHooks({ api, output }: Session, _options: object, operands: string[]): Promise<void> {
  const hooks = await findHooks(api, operands);
  for (const { id } of hooks) await api.call('DELETE /event-hooks/{id}', { params: { id } });
  output.result({ deleted: hooks.map(({ id }) => id) }, () =>
    hooks.map((hook) => `Deleted ${labelOf(hook)}`).join('\n'),
  );
}

export function enableHooks(session: Session, _options: object, operands: string[]): Promise<void> {
  return switchHooks(session, operands, true);
}

export function disableHooks(session: Session, _options: object, operands: string[]): Promise<void> {
  return switchHooks(session, operands, false);
}

async function switchHooks({ api, output }: Session, operands: readonly string[], enabled: boolean): Promise<void> {
  const hooks = await findHooks(api, operands);
  for (const { id } of hooks) await api.call('PATCH /event-hooks/{id}', { params: { id }, body: { enabled } });
  output.result({ [enabled ? 'enabled' : 'disabled']: hooks.map(({ id }) => id) }, () =>
    hooks
      .map((hook) =>
        enabled
          ? `Enabled ${labelOf(hook)}: it hears events that are published from now on`
          : `Disabled ${labelOf(hook)}: deliveries of it that waited are cancelled`,
      )
      .join('\n'),
  );
}

/** Shows a hook's breaker, and how many deliveries wait for it. */
export async function showHookStatus(
  { api, output }: Session,
  _options: object,
  [which = '']: string[],
): Promise<void> {
  const hook = await findHook(api, which);
  const { id, enabled } = hook;
  const status = await api.call('GET /event-hooks/{id}/status', { params: { id } });
  const { breaker } = status;
  output.result(status, () =>
    [
      enabled === false
        ? `${output.paint('red', 'disabled')}${status.disabled_reason ? `: ${plain(status.disabled_reason)}` : ''}`
        : describeState(hook, output),
      `circuit breaker ${output.paint(breaker.state === 'closed' ? 'green' : 'red', breaker.state)}`,
      ...(breaker.probe_at ? [`tried again at ${formatTime(breaker.probe_at)}`] : []),
      ...(status.failing_since ? [`every delivery has failed since ${formatTime(status.failing_since)}`] : []),
      ...(status.filter_error
        ? [`the filter failed on event ${status.filter_error.event_id}: ${plain(status.filter_error.message)}`]
        : []),
      `${formatCount(status.waiting, 'delivery waits', 'deliveries wait')}`,
      ...(status.paused > 0
        ? [`${formatCount(status.paused, 'of them waits', 'of them wait')} because of a pause`]
        : []),
      ...(status.held_keys > 0 ? [formatCount(status.held_keys, 'key stands still', 'keys stand still')] : []),
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
  if (!output.json) output.note('The new secret follows. Until the grace period ends, the old one signs as well.');
  output.result(hook, () => plain(hook.config.secret));
}

function readGraceSeconds(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === null)
    throw new CommandFailure(EXIT.usage, `--grace-period '${text}': expected a duration such as '24h'`);
  return Math.round(durationMs / 1000);
}
