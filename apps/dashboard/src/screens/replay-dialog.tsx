import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { RotateCcw } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { Hook, Replay } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { DELIVERY_STATUSES, labelOf } from '../ui/status.tsx';
import { say } from '../ui/toasts.tsx';
import { TIME_SPANS } from './search.ts';

/** Sends a hook's past deliveries again. */
export function ReplayDialog({ hook }: { hook: Hook }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <RotateCcw aria-hidden="true" /> Replay
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Replay past deliveries">
        <ReplayForm hook={hook} onCancel={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function ReplayForm({ hook, onCancel }: { hook: Hook; onCancel: () => void }) {
  const [span, setSpan] = useState<keyof typeof TIME_SPANS>('24h');
  const [statuses, setStatuses] = useState<readonly string[]>(['exhausted']);
  const navigate = useNavigate();
  const id = useId();
  const replay = useMutation({
    mutationFn: () =>
      api<Replay>('POST', `/event-hooks/${hook.id}/replay`, {
        since: new Date(Date.now() - TIME_SPANS[span].seconds * 1_000).toISOString(),
        status: statuses,
      }),
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
      <div className="field">
        <label htmlFor={id}>Published in the</label>
        <select id={id} value={span} onChange={({ target }) => setSpan(target.value as keyof typeof TIME_SPANS)}>
          {Object.entries(TIME_SPANS).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
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
      {replay.isError && (
        <Notice tone="bad" title="The replay did not start">
          {replay.error.message}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          kind="primary"
          disabled={statuses.length === 0}
          isBusy={replay.isPending}
          onClick={() => replay.mutate()}
        >
          Start the replay
        </Button>
      </div>
    </div>
  );
}
