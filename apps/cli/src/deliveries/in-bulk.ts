import { createInterface } from 'node:readline/promises';
import type { ApiAnswer } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount } from '../output.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';
import { type DeliveryFilter, isFiltered, queryOf } from './filter.ts';

export interface BulkOptions extends DeliveryFilter {
  dryRun?: boolean;
  yes?: boolean;
}

/** An action on many deliveries, in the words of its messages. */
interface BulkAction {
  /** `Retry` */
  verb: string;
  /** `Retrying` */
  doing: string;
  /** `retried` */
  done: string;
  act(id: string): Promise<ApiAnswer<unknown>>;
}

/** Requests at the same time. */
const maxRequests = 8;

/** Makes deliveries due at once: those named, or all that a filter finds. */
export function retryDeliveries(session: Session, options: BulkOptions, operands: string[]): Promise<void> {
  return actOn(session, options, operands, {
    verb: 'Retry',
    doing: 'Retrying',
    done: 'retried',
    act: (id) => session.api.request('POST /deliveries/{id}/retry', { params: { id } }),
  });
}

/** Finds the deliveries, says how many there are, asks on a terminal, and acts on one after the other. */
async function actOn(session: Session, options: BulkOptions, operands: string[], action: BulkAction): Promise<void> {
  const { dryRun, yes, ...filter } = options;
  const { output } = session;
  const ids = operands.length > 0 ? operands : await findIds(session, filter);
  if (dryRun) return output.result({ found: ids }, () => `${formatCount(ids.length, 'delivery', 'deliveries')} found`);
  if (ids.length === 0)
    return output.result({ [action.done]: [] }, () => 'No delivery was found, so nothing was changed');
  if (operands.length === 0 && !yes && !(await isWanted(output.json, ids.length, action))) {
    throw new CommandFailure(EXIT.no, 'Nothing was changed');
  }
  const { done, refused } = await actOnAll(ids, action);
  output.result({ [action.done]: done, ...(refused.length > 0 && { refused }) }, () => {
    const lines = [`${formatCount(done.length, 'delivery was', 'deliveries were')} ${action.done}`];
    for (const [message, count] of countMessages(refused)) lines.push(`${count} not: ${message}`);
    return lines.join('\n');
  });
  if (refused.length > 0) throw new CommandFailure(EXIT.refused, '');
}

async function findIds({ api }: Session, filter: DeliveryFilter): Promise<string[]> {
  if (!isFiltered(filter))
    throw new CommandFailure(EXIT.usage, 'Name deliveries, or say which by --status, --hook, --since and so on');
  const progress = startProgress('Finding');
  const ids: string[] = [];
  try {
    for await (const { id } of api.list('GET /deliveries', await queryOf(api, filter))) {
      ids.push(id);
      progress.update(ids.length, null);
    }
  } finally {
    progress.end();
  }
  return ids;
}

/** Asks before many deliveries are changed. A script is not asked. */
async function isWanted(isJson: boolean, count: number, { verb }: BulkAction): Promise<boolean> {
  if (count === 0 || isJson || !process.stdin.isTTY) return true;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${verb} ${formatCount(count, 'delivery', 'deliveries')}? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

interface Refusal {
  id: string;
  message: string;
}

async function actOnAll(ids: readonly string[], { doing, act }: BulkAction) {
  const progress = startProgress(doing);
  const done: string[] = [];
  const refused: Refusal[] = [];
  const waiting = ids.values();
  const work = async (): Promise<void> => {
    for (const id of waiting) {
      const answer = await act(id);
      if (answer.ok) done.push(id);
      else refused.push({ id, message: answer.message });
      progress.update(done.length + refused.length, ids.length);
    }
  };
  await Promise.all(Array.from({ length: maxRequests }, work));
  progress.end();
  return { done, refused };
}

/** The messages without ids, each with the number of deliveries that it holds for. */
function countMessages(refused: readonly Refusal[]): [message: string, count: number][] {
  const messages = Map.groupBy(refused, ({ id, message }) => message.replaceAll(id, '…'));
  return [...messages].map(([message, { length }]) => [message, length]);
}
