import { setTimeout as sleep } from 'node:timers/promises';
import type { PrintedDelivery } from '@eventhooks/contract';
import { fetchHookNames } from '../hooks/find-hook.ts';
import { formatTime, type Output, paintStatus, plain } from '../output.ts';
import type { Session } from '../session.ts';
import { type DeliveryFilter, queryOf } from './filter.ts';
import { describeAnswer } from './list-deliveries.ts';
import { startResending } from './resend-by-number.ts';

export interface TailOptions extends DeliveryFilter {
  count?: number;
  interactive?: boolean;
}

const lookEveryMs = 1_000;
/** A delivery's changes are noticed while it is younger than this and among the newest rows. */
const windowMs = 60_000;
const maxRows = 1_000;

/** Prints deliveries as they are created and change, until interrupted. On a terminal the number of a line resends its delivery. */
export async function tailDeliveries(session: Session, options: TailOptions): Promise<void> {
  const { count, interactive, ...filter } = options;
  const { api, output } = session;
  const query = await queryOf(api, filter);
  const isInteractive = interactive ?? (process.stdin.isTTY && process.stdout.isTTY && !output.json);
  const resending = isInteractive ? startResending(session) : null;
  output.note(
    resending === null
      ? 'Waiting for deliveries. Ctrl-C ends it.'
      : 'Waiting for deliveries. To resend one, type the number of its line and press Enter. Ctrl-C ends it.',
  );
  const nameHook = nameAsTheyCome(session);
  try {
    let printed = 0;
    for await (const delivery of followDeliveries(session, query, () => resending?.hasEnded ?? false)) {
      const hook = await nameHook(delivery.hook_id);
      const number = resending?.add(delivery) ?? null;
      output.line(delivery, () => describeLine(output, delivery, hook, number));
      printed += 1;
      if (printed === count) return;
    }
  } finally {
    resending?.close();
  }
}

type Query = Awaited<ReturnType<typeof queryOf>>;

async function* followDeliveries(
  { api }: Session,
  query: Query,
  hasEnded: () => boolean,
): AsyncGenerator<PrintedDelivery> {
  const startedAt = Date.now();
  const seen = new Map<string, string>();
  while (!hasEnded()) {
    const since = new Date(Math.max(startedAt - 1_000, Date.now() - windowMs)).toISOString();
    const rows = await api.all('GET /deliveries', { ...query, since }, maxRows);
    for (const delivery of rows.reverse()) {
      const state = `${delivery.status} ${delivery.attempt_count} ${delivery.reason}`;
      if (seen.get(delivery.id) === state) continue;
      seen.set(delivery.id, state);
      yield delivery;
    }
    const current = new Set(rows.map(({ id }) => id));
    for (const id of seen.keys()) if (!current.has(id)) seen.delete(id);
    await sleep(lookEveryMs);
  }
}

/** Names hooks for as long as the command runs: they are asked for again when one appears that was not seen before. */
function nameAsTheyCome({ api, output }: Session): (id: string) => Promise<string> {
  const names = new Map<string, string>();
  return async (id) => {
    const name = names.get(id) ?? (output.json ? id : (await fetchHookNames(api))(id));
    names.set(id, name);
    return name;
  };
}

function describeLine(output: Output, delivery: PrintedDelivery, hook: string, number: number | null): string {
  const { updated_at, source, event, id, status } = delivery;
  const mark = number === null ? '' : `${output.paint('cyan', String(number).padStart(4))}  `;
  const name = output.paint('bold', plain(`${source}/${event}`));
  return `${mark}${formatTime(updated_at)}  ${name}  ${paintStatus(output, status)}  ${describeAnswer(delivery)}  hook ${hook}  ${output.paint('gray', plain(id))}`;
}
