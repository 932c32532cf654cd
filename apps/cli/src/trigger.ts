import { setTimeout as sleep } from 'node:timers/promises';
import type { PrintedDelivery } from '@eventhooks/contract';
import { stringifyExact } from '@eventhooks/contract/exact-json';
import { expectOk, isRecord, listReceipts } from './api.ts';
import { editJson } from './edit.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { fetchHookNames, type NameHook } from './hooks/find-hook.ts';
import { formatNumber, paintStatus, plain } from './output.ts';
import { readJsonObject } from './read-input.ts';
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

/** How long to look for deliveries, and how often. */
const waitMs = 5_000;
const lookEveryMs = 150;
/** If there is no delivery after this time, no hook takes the event. */
const noneAfterMs = 2_000;

/** Publishes an event with sample data, changed by the options, and shows its deliveries. */
export async function trigger(session: Session, options: TriggerOptions, operands: string[]): Promise<void> {
  const { api, output } = session;
  const [source = '', event = ''] = operands;
  const data = await prepareData(session, options, source, event);
  if (options.dryRun) return output.result({ source, event, data }, () => stringifyExact({ source, event, data }));
  const one = { source, event, data, ...(options.id !== undefined && { id: options.id }) };
  const body = Array.from({ length: options.count }, () => one);
  const receipts = listReceipts(await api.call('POST /events', { body }));
  const [first] = receipts;
  if (first === undefined) throw new CommandFailure(EXIT.unavailable, 'The server gave no receipt');
  const deliveries = options.wait ? await followDeliveries(session, first.id) : null;
  const nameHook = deliveries === null || output.json ? plain : await fetchHookNames(api);
  output.result({ events: receipts, ...(deliveries && { deliveries }) }, () => {
    const duplicate = first.duplicate ? ' (a duplicate: published before)' : '';
    const many = receipts.length > 1 ? ` and ${formatNumber(receipts.length - 1)} more` : '';
    const lines = [`Published ${source}/${event} as ${first.id}${many}${duplicate}`];
    for (const delivery of deliveries ?? []) lines.push(`  ${describeDelivery(session, delivery, nameHook)}`);
    if (deliveries?.length === 0)
      lines.push(`  No hook fired. To receive such events here: npx eventhooks listen ${source} ${event}`);
    return lines.join('\n');
  });
}

async function prepareData(
  session: Session,
  options: TriggerOptions,
  source: string,
  event: string,
): Promise<Record<string, unknown>> {
  let data =
    options.data === undefined ? await fetchSample(session, source, event) : await readJsonObject(options.data);
  for (const assignment of options.set ?? []) applyAssignment(data, assignment);
  if (options.edit) {
    const edited = await editJson(data);
    if (!isRecord(edited)) throw new CommandFailure(EXIT.usage, 'The saved text is not a JSON object');
    data = edited;
  }
  return data;
}

/** Sample data of an event of the catalogue. An unknown event gets a guess by its name; the server then suggests the nearest name. */
export async function fetchSample({ api }: Session, source: string, event: string): Promise<Record<string, unknown>> {
  const answer = await api.request('GET /event-hooks/sources/{source}/{event}', { params: { source, event } });
  if (answer.ok) return sampleOf(source, event, answer.body.data);
  // A publisher's token may not read the catalogue.
  if (answer.kind !== 'refused' || answer.status === 401) expectOk(answer);
  return sampleOf(source, event, { fields: [] });
}

/** The event's deliveries once each has ended or failed its first attempt, or when the time is over. */
async function followDeliveries({ api }: Session, eventId: string): Promise<PrintedDelivery[]> {
  const startedAt = performance.now();
  for (;;) {
    const answer = await api.request('GET /deliveries', { query: { event_id: eventId } });
    // A publisher's token may not read deliveries.
    if (!answer.ok) return [];
    const deliveries = answer.body.data;
    const waitedMs = performance.now() - startedAt;
    const areAllTried = deliveries.every(({ status, attempt_count }) => status !== 'waiting' || attempt_count > 0);
    if (deliveries.length > 0 ? areAllTried || waitedMs > waitMs : waitedMs > noneAfterMs) return deliveries;
    await sleep(lookEveryMs);
  }
}

function describeDelivery({ output }: Session, delivery: PrintedDelivery, nameHook: NameHook): string {
  const { hook_id, status, reason, error_code, response_status } = delivery;
  const details = [response_status, error_code, reason].filter((value) => value !== null);
  return `hook ${nameHook(hook_id)}  ${paintStatus(output, status)}  ${details.map(plain).join('  ')}`.trimEnd();
}
