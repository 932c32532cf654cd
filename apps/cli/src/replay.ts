import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryStatus, PrintedReplay } from '@eventhooks/contract';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { fetchHookNames, findHook } from './hooks/find-hook.ts';
import { formatCount, formatNumber, formatTable, formatTime, paintStatus, plain } from './output.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

export interface ReplayOptions {
  since: string;
  until?: string;
  status?: DeliveryStatus[];
  of?: 'deliveries' | 'events';
  detach?: boolean;
}

const lookEveryMs = 500;

/** Replays a hook's deliveries from a period, and shows the progress. */
export async function replayHook(
  { api, output }: Session,
  options: ReplayOptions,
  [which = '']: string[],
): Promise<void> {
  const { id } = await findHook(api, which);
  const { since, until, status, of } = options;
  let replay = await api.call('POST /event-hooks/{id}/replay', { params: { id }, body: { since, until, status, of } });
  if (!options.detach) {
    output.note(
      `The server goes on with the replay if this command ends. To cancel it: eventhooks replays cancel ${replay.id}`,
    );
    const progress = startProgress('Replaying');
    while (replay.status === 'running') {
      progress.update(replay.done, replay.total);
      await sleep(lookEveryMs);
      replay = await api.call('GET /replays/{id}', { params: { id: replay.id } });
    }
    progress.end();
  }
  output.result(replay, () => describe(replay));
  if (replay.status === 'cancelled') throw new CommandFailure(EXIT.no, '');
}

export async function listReplays({ api, output }: Session): Promise<void> {
  const replays = await api.all('GET /replays');
  const nameHook = output.json ? plain : await fetchHookNames(api);
  output.result(replays, () =>
    formatTable(
      ['id', 'hook', 'status', 'done', 'total', 'since', 'until', 'started'],
      replays.map((replay) => [
        plain(replay.id),
        nameHook(replay.hook_id),
        paintStatus(output, replay.status),
        formatNumber(replay.done),
        formatNumber(replay.total),
        formatTime(replay.since),
        formatTime(replay.until),
        formatTime(replay.created_at),
      ]),
    ),
  );
}

export async function cancelReplay({ api, output }: Session, _options: object, [id = '']: string[]): Promise<void> {
  await api.call('DELETE /replays/{id}', { params: { id } });
  output.result({ cancelled: id }, () => `Cancelled ${id}`);
}

function describe({ id, status, done, total }: PrintedReplay): string {
  return `Replay ${plain(id)}: ${plain(status)}, ${formatNumber(done)} of ${formatCount(total, 'delivery', 'deliveries')}`;
}
