import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, isRecord } from './api.ts';
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

type Delivery = Record<string, unknown>;

async function queryOf(api: Api, { hook, eventId, errorCode, status, source, event, since, until }: DeliveryFilter) {
  const id = hook === undefined ? undefined : String((await findHook(api, hook)).id);
  return { hook: id, status, source, event, event_id: eventId, error_code: errorCode, since, until };
}

export async function listDeliveries(
  { api, output }: Session,
  { limit, ...filter }: DeliveryFilter & { limit: number },
): Promise<void> {
  const deliveries: Delivery[] = [];
  for await (const delivery of api.list('/deliveries', await queryOf(api, filter), limit)) {
    if (isRecord(delivery)) deliveries.push(delivery);
  }
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

/** The receiver's status, the kind of failure, and what it waits for or why it was held back. */
function describeAnswer({ response_status, error_code, reason }: Delivery): string {
  return [response_status, error_code, reason].map(plain).filter(Boolean).join(' ');
}

export async function getDelivery({ api, output }: Session, _options: object, [id = '']: string[]): Promise<void> {
  const delivery = await api.get(`/deliveries/${encodeURIComponent(id)}`);
  if (!isRecord(delivery)) throw new CommandFailure(EXIT.unavailable, 'The answer is no delivery');
  const attempts = Array.isArray(delivery.attempts) ? delivery.attempts.filter(isRecord) : [];
  output.result(delivery, () =>
    [
      `${plain(`${delivery.source}/${delivery.event}`)}  ${paintStatus(output, delivery.status)}  ${describeAnswer(delivery)}`,
      `event ${plain(delivery.event_id)}, hook ${plain(delivery.hook_id)}, published ${formatTime(delivery.created_at)}`,
      ...(delivery.next_attempt_at ? [`next attempt ${formatTime(delivery.next_attempt_at)}`] : []),
      ...attempts.map((attempt) => describeAttempt(output, attempt)),
    ].join('\n'),
  );
}

function describeAttempt(output: Output, attempt: Delivery): string {
  const { number, started_at, duration_ms, ok, error_code, error_message, request, response } = attempt;
  const ended = ok === true ? output.paint('green', 'succeeded') : output.paint('red', plain(error_code));
  const lines = [`\nattempt ${plain(number)}  ${formatTime(started_at)}  ${plain(duration_ms)} ms  ${ended}`];
  if (error_message) lines.push(`  ${plain(error_message)}`);
  if (isRecord(request)) {
    lines.push(`  > ${plain(request.method)} ${plain(request.url)}`);
    for (const [name, value] of Object.entries(isRecord(request.headers) ? request.headers : {}))
      lines.push(`  > ${plain(name)}: ${plain(value)}`);
    if (request.body) lines.push(`  > ${plain(request.body)}`);
  }
  if (isRecord(response)) {
    lines.push(`  < ${plain(response.status)}`);
    if (response.body) lines.push(`  < ${plain(response.body)}`);
  }
  return lines.join('\n');
}

export interface TailOptions extends DeliveryFilter {
  count?: number;
}

const LOOK_EVERY_MS = 1_000;
/** A delivery's changes are seen as long as it is not older than this, and among the newest. */
const WINDOW_MS = 60_000;
const MAX_ROWS = 1_000;

/** Prints deliveries as they come and as they change, until interrupted. */
export async function tailDeliveries({ api, output }: Session, { count, ...filter }: TailOptions): Promise<void> {
  const query = await queryOf(api, filter);
  const startedAt = Date.now();
  const seen = new Map<string, string>();
  let printed = 0;
  output.note('Waiting for deliveries. Ctrl-C ends it.');
  for (;;) {
    const since = new Date(Math.max(startedAt - 1_000, Date.now() - WINDOW_MS)).toISOString();
    const rows: Delivery[] = [];
    for await (const row of api.list('/deliveries', { ...query, since }, MAX_ROWS)) if (isRecord(row)) rows.push(row);
    for (const delivery of rows.reverse()) {
      const state = `${delivery.status} ${delivery.attempt_count} ${delivery.reason}`;
      if (seen.get(String(delivery.id)) === state) continue;
      seen.set(String(delivery.id), state);
      output.line(delivery, () => describeLine(output, delivery));
      printed += 1;
      if (printed === count) return;
    }
    const current = new Set(rows.map(({ id }) => String(id)));
    for (const id of seen.keys()) if (!current.has(id)) seen.delete(id);
    await sleep(LOOK_EVERY_MS);
  }
}

function describeLine(output: Output, delivery: Delivery): string {
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
    for await (const row of api.list('/deliveries', await queryOf(api, filter)))
      if (isRecord(row)) ids.push(String(row.id));
  }
  const progress = startProgress('Retrying');
  try {
    for (const [index, id] of ids.entries()) {
      progress.update(index, ids.length);
      await api.call('POST', `/deliveries/${encodeURIComponent(id)}/retry`);
    }
  } finally {
    progress.end();
  }
  output.result({ retried: ids }, () => `${ids.length} deliveries are due at once`);
}
