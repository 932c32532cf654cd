import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { Hook, Replay } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/count.ts';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { DELIVERY_STATUSES, labelOf } from '../ui/status.tsx';
import { say } from '../ui/toasts.tsx';
import { type Range, RangeChoice } from './find.tsx';
import { asSpan, filterOf } from './search.ts';

/** Sends a hook's past deliveries again. */
export function ReplayDialog({ hook }: { hook: Hook }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" disabled={hook.enabled === false} onClick={() => setOpen(true)}>
        <RotateCcw aria-hidden="true" /> Replay
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Replay past deliveries">
        <ReplayForm hook={hook} onCancel={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function ReplayForm({ hook, onCancel }: { hook: Hook; onCancel: () => void }) {
  const [range, setRange] = useState<Range>({ within: '24h' });
  const [statuses, setStatuses] = useState<readonly string[]>(['exhausted']);
  const bounds = filterOf({ ...range, within: asSpan(range.within) });
  const total = useTotal(hook.id, statuses, bounds);
  const navigate = useNavigate();
  const replay = useMutation({
    mutationFn: () => api<Replay>('POST', `/event-hooks/${hook.id}/replay`, { ...bounds, status: statuses }),
    onSuccess: async () => {
      say('The replay runs');
      await refresh('/replays');
      await navigate({ to: '/replays' });
    },
  });
  const toggle = (status: string): void => {
    setStatuses(statuses.includes(status) ? statuses.filter((one) => one !== status) : [...statuses, status]);
  };
  return (
    <div className="stack">
      <p className="muted">
        They are sent again with the same webhook-id, so that a receiver that knows them already can drop them.
      </p>
      <div className="filters">
        <RangeChoice range={range} onChange={setRange} />
      </div>
      <fieldset className="field">
        <legend className="field-label">With the status</legend>
        {DELIVERY_STATUSES.filter((status) => status !== 'waiting').map((status) => (
          <label key={status} className="check">
            <input type="checkbox" checked={statuses.includes(status)} onChange={() => toggle(status)} />{' '}
            {labelOf(status)}
          </label>
        ))}
      </fieldset>
      <p role="status">
        {total.data === undefined ? (
          <span className="muted">Counting</span>
        ) : (
          <strong className="number">
            {total.data.is_exact ? '' : 'At least '}
            {formatCount(total.data.count)} {total.data.count === 1 ? 'delivery' : 'deliveries'} would be sent again
          </strong>
        )}
      </p>
      {replay.isError && (
        <Notice tone="bad" title="The replay did not start">
          {replay.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          kind="primary"
          disabled={total.data === undefined || total.data.count === 0}
          isBusy={replay.isPending}
          onClick={() => replay.mutate()}
        >
          Start the replay
        </Button>
      </div>
    </div>
  );
}

/** The number of deliveries that a replay would take, over all its statuses. */
function useTotal(hook: string, statuses: readonly string[], bounds: Record<string, string>) {
  return useQuery({
    queryKey: ['count', hook, statuses, bounds],
    queryFn: async () => {
      const counts = await Promise.all(
        statuses.map((status) => {
          const query = new URLSearchParams({ ...bounds, hook, status });
          return api<{ count: number; is_exact: boolean }>('GET', `/deliveries/count?${query}`);
        }),
      );
      return {
        count: counts.reduce((sum, { count }) => sum + count, 0),
        is_exact: counts.every(({ is_exact }) => is_exact),
      };
    },
  });
}
