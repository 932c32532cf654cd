import { setTimeout as sleep } from 'node:timers/promises';
import type { PrintedAttempt, PrintedDelivery } from '@eventhooks/contract';
import type { Api } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { findHook } from './hooks/hooks.ts';
import { formatTable, formatTime, type Output, paintStatus, plain } from './output.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

export interface DeliveryFilter {
  hook?: string;
  status?: string;
  source?: string;
  event?: string;
  eventId?: string;
  errorCode?: string;
  since?: string;
  until?: string;
}

async function queryOf(api: Api, { hook, eventId, errorCode, status, source, event, since, until }: DeliveryFilter) {
  const id = hook === undefined ? undefined : (await findHook(api, hook)).id;
  return { hook: id, status, source, event, event_id: eventId, error_code: errorCode, since, until };
}

export async function listDeliveries(
  { api, output }: Session,
  { limit, ...filter }: DeliveryFilter & { limit: number },
): Promise<void> {
  const deliveries = await api.all('GET /deliveries', await queryOf(api, filter), limit);
  output.result(deliveries, () =>
    formatTable(
      ['time', 'id', 'event', 'hook', 'status', 'attempts', 'answer', 'next attempt'],
      deliveries.map((delivery) => [
        formatTime(delivery.created_at),
        plain(delivery.id),
        plain(`${delivery.source}/${delivery.event}`),
        plain(delivery.hook_id),
        paintStatus(output, delivery.status),
        plain(delivery.attempt_count),
        describeAnswer(delivery),
        formatTime(delivery.next_attempt_at),
      ]),
    ),
  );
}

/** The receiver's status, the kind of failure, and why the delivery waits or was suppressed. */
function describeAnswer({ response_status, error_code, reason }: PrintedDelivery): string {
  return [response_status, error_code, reason].map(plain).filter(Boolean).join(' ');
}

export async function getDelivery({ api, output }: Session, _options: object, [id = '']: string[]): Promise<void> {
  const delivery = await api.call('GET /deliveries/{id}', { params: { id } });
  output.result(delivery, () =>
    [
      `${plain(`${delivery.source}/${delivery.event}`)}  ${paintStatus(output, delivery.status)}  ${describeAnswer(delivery)}`,
      `event ${plain(delivery.event_id)}, hook ${plain(delivery.hook_id)}, published ${formatTime(delivery.created_at)}`,
      ...(delivery.next_attempt_at ? [`next attempt ${formatTime(delivery.next_attempt_at)}`] : []),
      ...delivery.attempts.map((attempt) => describeAttempt(output, attempt)),
    ].join('\n'),
  );
}

function describeAttempt(output: Output, attempt: PrintedAttempt): string {
  const { number, started_at, duration_ms, ok, error_code, error_message, request, response } = attempt;
  const ended = ok ? output.paint('green', 'succeeded') : output.paint('red', plain(error_code));
  const lines = [`\nattempt ${plain(number)}  ${formatTime(started_at)}  ${plain(duration_ms)} ms  ${ended}`];
  if (error_message) lines.push(`  ${plain(error_message)}`);
  if (request !== null) {
    lines.push(`  > ${plain(request.method)} ${plain(request.url)}`);
    for (const [name, value] of Object.entries(request.headers ?? {}))
      lines.push(`  > ${plain(name)}: ${plain(value)}`);
    if (request.body) lines.push(`  > ${plain(request.body)}`);
  }
  if (response !== null) {
    lines.push(`  < ${plain(response.status)}`);
    if (response.body) lines.push(`  < ${plain(response.body)}`);
  }
  return lines.join('\n');
}

export interface TailOptions extends DeliveryFilter {
  count?: number;
}

const lookEveryMs = 1_000;
/** A delivery's changes are noticed while it is younger than this and among the newest rows. */
const windowMs = 60_000;
const maxRows = 1_000;

/** Prints deliveries as they are created and change, until interrupted. */
export async function tailDeliveries({ api, output }: Session, { count, ...filter }: TailOptions): Promise<void> {
  const query = await queryOf(api, filter);
  const startedAt = Date.now();
  const seen = new Map<string, string>();
  let printed = 0;
  output.note('Waiting for deliveries. Ctrl-C ends it.');
  for (;;) {
    const since = new Date(Math.max(startedAt - 1_000, Date.now() - windowMs)).toISOString();
    const rows = await api.all('GET /deliveries', { ...query, since }, maxRows);
    for (const delivery of rows.reverse()) {
      const state = `${delivery.status} ${delivery.attempt_count} ${delivery.reason}`;
      if (seen.get(delivery.id) === state) continue;
      seen.set(delivery.id, state);
      output.line(delivery, () => describeLine(output, delivery));
      printed += 1;
      if (printed === count) return;
    }
    const current = new Set(rows.map(({ id }) => id));
    for (const id of seen.keys()) if (!current.has(id)) seen.delete(id);
    await sleep(lookEveryMs);
  }
}

function describeLine(output: Output, delivery: PrintedDelivery): string {
  const { updated_at, source, event, hook_id, id, status } = delivery;
  const name = output.paint('bold', plain(`${source}/${event}`));
  return `${formatTime(updated_at)}  ${name}  ${paintStatus(output, status)}  ${describeAnswer(delivery)}  hook ${plain(hook_id)}  ${output.paint('gray', plain(id))}`;
}

/** Makes deliveries due at once: those named, or all that a filter finds. */
export async function retryDeliveries(
  { api, output }: Session,
  filter: DeliveryFilter,
  operands: string[],
): Promise<void> {
  const ids = [...operands];
  if (ids.length === 0) {
    if (filter.status === undefined) {
      throw new CommandFailure(EXIT.usage, 'Name deliveries, or say which by --status (and --hook, --since, …)');
    }
    for await (const { id } of api.list('GET /deliveries', await queryOf(api, filter))) ids.push(id);
  }
  const progress = startProgress('Retrying');
  try {
    for (const [index, id] of ids.entries()) {
      progress.update(index, ids.length);
      await api.call('POST /deliveries/{id}/retry', { params: { id } });
    }
  } finally {
    progress.end();
  }
  output.result({ retried: ids }, () => `${ids.length} deliveries are due at once`);
}
