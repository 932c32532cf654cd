import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { findHook } from './hooks/hooks.ts';
import { formatTable, formatTime, paintStatus, plain } from './output.ts';
import { startProgress } from './progress.ts';
import type { Session } from './session.ts';

type Replay = Record<string, unknown>;

export interface ReplayOptions {
  since: string;
  until?: string;
  status?: string[];
  detach?: boolean;
}

const LOOK_EVERY_MS = 500;

/** Delivers again what a hook was to be delivered in a time, and shows how far it is. */
export async function replayHook(
  { api, output }: Session,
  options: ReplayOptions,
  [which = '']: string[],
): Promise<void> {
  const { id } = await findHook(api, which);
  let replay = asReplay(
    await api.call('POST', `/event-hooks/${id}/replay`, {
      since: options.since,
      ...(options.until !== undefined && { until: options.until }),
      ...(options.status !== undefined && { status: options.status }),
    }),
  );
  if (!options.detach) {
    output.note(
      `Replay ${replay.id} goes on at the server when this ends. To cancel it: eventhooks replays cancel ${replay.id}`,
    );
    const progress = startProgress('Replaying');
    while (replay.status === 'running') {
      progress.update(Number(replay.done ?? 0), typeof replay.total === 'number' ? replay.total : null);
      await sleep(LOOK_EVERY_MS);
      replay = asReplay(await api.get(`/replays/${replay.id}`));
    }
    progress.end();
  }
  output.result(replay, () => describe(replay));
  if (replay.status === 'cancelled') throw new CommandFailure(EXIT.no, '');
}

export async function listReplays({ api, output }: Session): Promise<void> {
  const replays: Replay[] = [];
  for await (const replay of api.list('/replays')) if (isRecord(replay)) replays.push(replay);
  output.result(replays, () =>
    formatTable(
      ['id', 'hook', 'status', 'done', 'total', 'since', 'until', 'started'],
      replays.map((replay) => [
        plain(replay.id),
        plain(replay.hook_id),
        paintStatus(output, replay.status),
        plain(replay.done),
        plain(replay.total),
        formatTime(replay.since),
        formatTime(replay.until),
        formatTime(replay.created_at),
      ]),
    ),
  );
}

export async function cancelReplay({ api, output }: Session, _options: object, [id = '']: string[]): Promise<void> {
  await api.call('DELETE', `/replays/${encodeURIComponent(id)}`);
  output.result({ cancelled: id }, () => `Cancelled ${id}`);
}

function asReplay(body: unknown): Replay {
  if (isRecord(body)) return body;
  throw new CommandFailure(EXIT.unavailable, 'The answer is no replay');
}

function describe({ id, status, done, total }: Replay): string {
  return `Replay ${plain(id)}: ${plain(status)}, ${plain(done)} of ${plain(total)} deliveries`;
}
