import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatCount, plain } from '../output.ts';
import { ask } from '../profiles/ask.ts';
import { startProgress } from '../progress.ts';
import { findRows } from '../search.ts';
import type { Session } from '../session.ts';
import { type DeliveryFilter, isFiltered, queryOf } from './filter.ts';

export interface BulkOptions extends DeliveryFilter {
  dryRun?: boolean;
  yes?: boolean;
}

/** An action on many deliveries, in the words of its messages. */
interface BulkAction {
  name: 'retry' | 'cancel';
  /** `Retry` */
  verb: string;
  /** `Retrying` */
  doing: string;
  /** `retried` */
  done: string;
}

/** Makes deliveries due at once: those named, or all that a filter finds. */
export function retryDeliveries(session: Session, options: BulkOptions, operands: string[]): Promise<void> {
  return actOn(session, options, operands, { name: 'retry', verb: 'Retry', doing: 'Retrying', done: 'retried' });
}

/** Cancels deliveries that wait: those named, or all that a filter finds. */
export function cancelDeliveries(session: Session, options: BulkOptions, operands: string[]): Promise<void> {
  const action = { name: 'cancel', verb: 'Cancel', doing: 'Cancelling', done: 'cancelled' } as const;
  const waiting = isFiltered(options) && options.status === undefined ? { ...options, status: 'waiting' } : options;
  return actOn(session, waiting, operands, action);
}

/** Finds the deliveries, says how many there are, asks on a terminal, and acts on them. */
async function actOn(session: Session, options: BulkOptions, operands: string[], action: BulkAction): Promise<void> {
  const { dryRun, yes, ...filter } = options;
  const { output } = session;
  const ids = operands.length > 0 ? operands : await findIds(session, filter);
  if (dryRun) return output.result({ found: ids }, () => `${formatCount(ids.length, ...nouns)} found`);
  if (ids.length === 0)
    return output.result({ [action.done]: [] }, () => 'No delivery was found, so nothing was changed');
  if (operands.length === 0 && !yes && !(await isWanted(output.json, ids.length, action))) {
    throw new CommandFailure(EXIT.no, 'Nothing was changed');
  }
  if (operands.length > 0) return actOnEach(session, ids, action);
  const changed = await actOnAll(session, ids, action);
  const passedOver = ids.length - changed.length;
  output.result({ [action.done]: changed, ...(passedOver > 0 && { passed_over: passedOver }) }, () => {
    const done = `${formatCount(changed.length, 'delivery was', 'deliveries were')} ${action.done}`;
    return passedOver === 0 ? done : `${done}; ${formatCount(passedOver, 'other')} had changed meanwhile`;
  });
}

const nouns = ['delivery', 'deliveries'] as const;

async function findIds({ api }: Session, filter: DeliveryFilter): Promise<string[]> {
  if (!isFiltered(filter))
    throw new CommandFailure(EXIT.usage, 'Name deliveries, or say which with --status, --hook, --search and so on');
  return (await findRows(api, 'Finding', 'GET /deliveries', await queryOf(api, filter))).map(({ id }) => id);
}

/** Asks before many deliveries are changed. A script is not asked. */
async function isWanted(isJson: boolean, count: number, { verb }: BulkAction): Promise<boolean> {
  if (isJson || !process.stdin.isTTY) return true;
  const answer = await ask(`${verb} ${formatCount(count, ...nouns)}? [y/N]`, '');
  return /^y(es)?$/i.test(answer);
}

/** Named deliveries one after the other, so that a refusal names its delivery. */
async function actOnEach({ api, output }: Session, ids: readonly string[], action: BulkAction): Promise<void> {
  for (const id of ids) await api.call(`POST /deliveries/{id}/${action.name}`, { params: { id } });
  output.result({ [action.done]: ids }, () => ids.map((id) => `${plain(id)} was ${action.done}`).join('\n'));
}

/** Deliveries per request. */
const stepSize = 500;

/** @returns those that were changed: the others had ended, or are under way. */
async function actOnAll({ api }: Session, ids: readonly string[], { name, doing }: BulkAction): Promise<string[]> {
  const progress = startProgress(doing);
  const changed: string[] = [];
  try {
    for (let from = 0; from < ids.length; from += stepSize) {
      progress.update(from, ids.length);
      const step = ids.slice(from, from + stepSize);
      changed.push(...(await api.call('POST /deliveries/bulk', { body: { action: name, ids: step } })).ids);
    }
    return changed;
  } finally {
    progress.end();
  }
}
