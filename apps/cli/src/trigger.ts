import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonText, stringifyExact } from '@eventhooks/contract/exact-json';
import { isRecord } from './api.ts';
import { editJson } from './edit.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { paintStatus, plain } from './output.ts';
import { readJsonObject, readJsonText } from './read-input.ts';
import { sampleOf } from './samples/samples.ts';
import { type Assignment, applyAssignment } from './samples/set-value.ts';
import type { Session } from './session.ts';

export interface TriggerOptions {
  set?: Assignment[];
  data?: string;
  edit?: boolean;
  id?: string;
  count: number;
  dryRun?: boolean;
  wait: boolean;
}

/** How long deliveries are looked for, and how often. */
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 150;
/** Without any delivery by then, no hook wants the event. */
const NONE_AFTER_MS = 2_000;

/** Publishes an event with sample data, changed as told, and shows what became of it. */
export async function trigger(session: Session, options: TriggerOptions, operands: string[]): Promise<void> {
  const { api, output } = session;
  const [source = '', event = ''] = operands;
  const data = await prepareData(session, options, source, event);
  if (options.dryRun) return output.result({ source, event, data }, () => stringifyExact({ source, event, data }));
  const one = { source, event, data, ...(options.id !== undefined && { id: options.id }) };
  const answer = await api.call(
    'POST',
    '/events',
    Array.from({ length: options.count }, () => one),
  );
  const receipts = isRecord(answer) && Array.isArray(answer.data) ? answer.data.filter(isRecord) : [];
  const [first] = receipts;
  if (first === undefined) throw new CommandFailure(EXIT.unavailable, 'The server gave no receipt');
  const deliveries = options.wait ? await followDeliveries(session, String(first.id)) : null;
  output.result({ events: receipts, ...(deliveries && { deliveries }) }, () => {
    const duplicate = first.duplicate === true ? ' (a duplicate: published before)' : '';
    const many = receipts.length > 1 ? ` and ${receipts.length - 1} more` : '';
    const lines = [`Published ${source}/${event} as ${first.id}${many}${duplicate}`];
    for (const delivery of deliveries ?? []) lines.push(`  ${describeDelivery(session, delivery)}`);
    if (deliveries?.length === 0)
      lines.push(`  no hook fired. To receive it here: npx eventhooks listen ${source} ${event}`);
    return lines.join('\n');
  });
}

async function prepareData(
  session: Session,
  options: TriggerOptions,
  source: string,
  event: string,
): Promise<Record<string, unknown> | JsonText> {
  if (options.data !== undefined && options.set === undefined && !options.edit) return readJsonText(options.data);
  let data =
    options.data === undefined ? await fetchSample(session, source, event) : await readJsonObject(options.data);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  if (options.edit) {
    const edited = await editJson(data);
    if (!isRecord(edited)) throw new CommandFailure(EXIT.usage, 'What was saved is no JSON object');
    data = edited;
  }
  return data;
}

/** Sample data of a catalogue's event. An unknown one gets what its name suggests, and the server tells the nearest name. */
export async function fetchSample({ api }: Session, source: string, event: string): Promise<Record<string, unknown>> {
  const path = `/event-hooks/sources/${encodeURIComponent(source)}/${encodeURIComponent(event)}`;
  const answer = await api.request('GET', path);
  // A publisher's token may not read the catalogue.
  if (!answer.ok && (answer.kind !== 'refused' || answer.status === 401)) await api.get(path);
  const entry = answer.ok && isRecord(answer.body) && isRecord(answer.body.data) ? answer.body.data : {};
  return sampleOf(source, event, entry);
}

/** The event's deliveries once each came to an end or failed its first attempt; what there is when the time is over. */
async function followDeliveries({ api }: Session, eventId: string): Promise<Record<string, unknown>[]> {
  const startedAt = performance.now();
  for (;;) {
    const answer = await api.request('GET', `/deliveries?event_id=${eventId}`);
    // A publisher's token may not read deliveries.
    if (!answer.ok) return [];
    const deliveries =
      isRecord(answer.body) && Array.isArray(answer.body.data) ? answer.body.data.filter(isRecord) : [];
    const waitedMs = performance.now() - startedAt;
    const isSettled = deliveries.every(
      ({ status, attempt_count }) => status !== 'waiting' || Number(attempt_count) > 0,
    );
    if (deliveries.length > 0 ? isSettled || waitedMs > WAIT_MS : waitedMs > NONE_AFTER_MS) return deliveries;
    await sleep(LOOK_EVERY_MS);
  }
}

function describeDelivery({ output }: Session, delivery: Record<string, unknown>): string {
  const { hook_id, status, reason, error_code, response_status } = delivery;
  const details = [response_status, error_code, reason].filter((value) => value !== null && value !== undefined);
  return `hook ${plain(hook_id)}  ${paintStatus(output, status)}  ${details.map(plain).join('  ')}`.trimEnd();
}
