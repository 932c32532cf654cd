import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/count.ts';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';

export type BulkAction = 'retry' | 'cancel';

const WORDS = {
  retry: {
    title: 'Send these deliveries again?',
    confirm: 'Send them again',
    text: 'Each is due at once, with a fresh retry schedule and the same webhook-id. Those that are already on their way are left alone.',
    done: ['is on its way again', 'are on their way again'],
  },
  cancel: {
    title: 'Cancel these deliveries?',
    confirm: 'Cancel them',
    text: 'Only those that wait are cancelled. They stay in the list; to bring them back, send them again.',
    done: ['is cancelled', 'are cancelled'],
  },
} as const satisfies Record<BulkAction, Record<string, string | readonly [one: string, more: string]>>;

/** The deliveries of an action: named ones, or all that a filter lets through. */
export type Chosen = { ids: readonly string[] } | { filter: Record<string, string> };

/** Says how many deliveries an action is for, then does it step by step. It can be stopped between two steps. */
export function BulkDialog({
  action,
  chosen,
  onClose,
}: {
  action: BulkAction;
  chosen: Chosen;
  onClose: (isDone: boolean) => void;
}) {
  const { title, confirm, text, done } = WORDS[action];
  const total = useTotal(chosen);
  const [progress, setProgress] = useState({ lookedAt: 0, done: 0 });
  const isStopped = useRef(false);
  const run = useMutation({
    mutationFn: () => runSteps(action, chosen, () => isStopped.current, setProgress),
    onSuccess: async ({ count, latest }) => {
      say(
        count === 1 ? `One delivery ${done[0]}` : `${formatCount(count)} deliveries ${done[1]}`,
        undefined,
        action === 'retry' && count > 0
          ? {
              label: `Cancel what still waits${latest.length < count ? ` of the last ${formatCount(latest.length)}` : ''}`,
              act: () => void takeBack(latest),
            }
          : undefined,
      );
      await refresh('/deliveries', '/stats');
      onClose(true);
    },
  });
  const close = (): void => {
    isStopped.current = true;
    if (!run.isPending) onClose(false);
  };
  return (
    <Modal isOpen onClose={close} title={title}>
      <div className="stack">
        <p>
          <strong className="number">{total === null ? 'Counting' : total.label}</strong>
        </p>
        <p className="muted">{text}</p>
        {run.isPending && (
          <progress
            className="progress"
            aria-label="Progress"
            max={Math.max(1, total?.count ?? 1)}
            value={progress.lookedAt}
          />
        )}
        {run.isPending && (
          <p className="small muted number" role="status">
            {formatCount(progress.done)} done
          </p>
        )}
        {run.isError && (
          <Notice tone="bad" title={`It ended after ${formatCount(progress.done)}`}>
            {run.error.message}
          </Notice>
        )}
        <div className="dialog-actions">
          <Button onClick={close}>{run.isPending ? 'Stop' : 'Close'}</Button>
          <Button
            kind={action === 'cancel' ? 'danger' : 'primary'}
            disabled={total === null || total.count === 0}
            isBusy={run.isPending}
            onClick={() => run.mutate()}
          >
            {confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** Deliveries that are cancelled by one request. */
const namedPerStep = 500;

/** Ids of an action's deliveries that are kept to take it back. */
const keptToTakeBack = 100_000;

/** Cancels deliveries that the action made due and that have not succeeded yet. What waited before it is left. */
async function takeBack(ids: readonly string[]): Promise<void> {
  let done = 0;
  try {
    for (let from = 0; from < ids.length; from += namedPerStep) {
      const step: Step = await api('POST', '/deliveries/bulk', {
        action: 'cancel',
        ids: ids.slice(from, from + namedPerStep),
      });
      done += step.done;
    }
    say(done === 0 ? 'None waited any more' : `${formatCount(done)} cancelled`);
  } catch (error) {
    sayFailure(done === 0 ? 'They were not cancelled' : `Only ${formatCount(done)} were cancelled`, error);
  }
  await refresh('/deliveries', '/stats');
}

function useTotal(chosen: Chosen): { count: number; label: string } | null {
  const isNamed = 'ids' in chosen;
  const query = isNamed ? '' : new URLSearchParams(chosen.filter).toString();
  const counted = useApi<{ count: number; is_exact: boolean }>(`/deliveries/count?${query}`, { enabled: !isNamed });
  const found = isNamed ? { count: chosen.ids.length, is_exact: true } : counted.data;
  if (found === undefined) return null;
  const noun = found.count === 1 ? 'delivery' : 'deliveries';
  return { count: found.count, label: `${found.is_exact ? '' : 'At least '}${formatCount(found.count)} ${noun}` };
}

interface Step {
  done: number;
  ids: string[];
  looked_at: number;
  offset: string | null;
}

async function runSteps(
  action: BulkAction,
  chosen: Chosen,
  isStopped: () => boolean,
  onProgress: (progress: { lookedAt: number; done: number }) => void,
): Promise<{ count: number; latest: string[] }> {
  let [lookedAt, done] = [0, 0];
  let latest: string[] = [];
  let offset: string | null = null;
  do {
    const step: Step = await api('POST', '/deliveries/bulk', {
      action,
      ...chosen,
      ...(offset !== null && { offset }),
    });
    lookedAt += step.looked_at;
    done += step.done;
    latest = [...latest, ...step.ids].slice(-keptToTakeBack);
    onProgress({ lookedAt, done });
    offset = step.offset;
  } while (offset !== null && !isStopped());
  return { count: done, latest };
}
