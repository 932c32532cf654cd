import { useMutation } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { Hook, HookSecret } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { SecretValue } from '../ui/secret-value.tsx';
import { Countdown } from '../ui/time.tsx';
import { say } from '../ui/toasts.tsx';

/** The current secret, and the replaced ones that still sign. */
export function SecretCard({ hook }: { hook: Hook }) {
  const canChange = useCanChange();
  const secrets = useApi<{ data: HookSecret[] }>(`/event-hooks/${hook.id}/secrets`);
  const [current, ...old] = secrets.data?.data ?? [];
  return (
    <section className="card">
      <div className="section-head">
        <h2>Secret</h2>
        {canChange && <RotateDialog hook={hook} isNew={current === undefined} />}
      </div>
      {current === undefined ? (
        <p className="muted">None. Deliveries are not signed, so the receiver cannot tell who sent them.</p>
      ) : (
        <SecretValue secret={current.secret} />
      )}
      {old.length > 0 && (
        <ul className="old-secrets">
          {old.map(({ secret, ends_at }) => (
            <li key={ends_at}>
              <SecretValue secret={secret} />
              <span className="small muted">
                This older secret signs as well. It ends <Countdown until={ends_at ?? 0} over="now" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const GRACE_PERIODS = [
  [0, 'no longer'],
  [3_600, 'for an hour'],
  [86_400, 'for a day'],
  [604_800, 'for a week'],
] as const;
const defaultGraceSeconds = 86_400;

function RotateDialog({ hook, isNew }: { hook: Hook; isNew: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const [graceSeconds, setGraceSeconds] = useState(defaultGraceSeconds);
  const id = useId();
  const rotate = useMutation({
    mutationFn: () => api('POST', `/event-hooks/${hook.id}/rotate-secret`, { grace_period: graceSeconds }),
    onSuccess: async () => {
      setOpen(false);
      say(isNew ? 'Deliveries are signed from now on' : 'The secret is rotated', 'Copy the new one to the receiver.');
      await refresh('/event-hooks');
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <RefreshCw aria-hidden="true" /> {isNew ? 'Make one' : 'Rotate'}
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title={isNew ? 'Make a secret' : 'Rotate the secret'}>
        <div className="stack">
          <p>
            {isNew
              ? 'From now on every delivery carries a signature that only holders of the secret can make.'
              : 'A new secret is made. The old one goes on signing beside it for a while, so that the receiver can change over without missing a delivery.'}
          </p>
          {!isNew && (
            <div className="field">
              <label htmlFor={id}>The old secret signs as well</label>
              <select id={id} value={graceSeconds} onChange={({ target }) => setGraceSeconds(Number(target.value))}>
                {GRACE_PERIODS.map(([seconds, label]) => (
                  <option key={seconds} value={seconds}>
                    {label}
                  </option>
                ))}
              </select>
            </div>
          )}
          {rotate.isError && (
            <Notice tone="bad" title="It was not rotated">
              {rotate.error.message}
            </Notice>
          )}
          <div className="dialog-actions">
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button kind="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate()}>
              {isNew ? 'Make a secret' : 'Rotate now'}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
