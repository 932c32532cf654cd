import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useLiveApi } from '../api/queries.ts';
import type { Delivery, Hook, Page } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { StatusPill } from '../ui/status.tsx';
import { sayFailure } from '../ui/toasts.tsx';
import { sampleData } from './sample-data.ts';

/** From an empty installation to the first delivery, each step as it is done. Stays until the screen is left. */
export function FirstSteps({ hooks }: { hooks: Hook[] }) {
  const deliveries = useLiveApi<Page<Delivery>>('/deliveries?size=1');
  const canChange = useCanChange();
  const [wasShown, setWasShown] = useState(false);
  const delivery = deliveries.data?.data[0];
  const isBegun = deliveries.data !== undefined && delivery === undefined;
  if (isBegun && !wasShown) setWasShown(true);
  if (!canChange || !(isBegun || wasShown)) return null;
  const hook = hooks[0];
  return (
    <section className="card first-steps">
      <h2>First steps</h2>
      <ol>
        <Step isDone={hook !== undefined} title="A hook: it says which events go where">
          <HookStep hook={hook} />
        </Step>
        <Step isDone={delivery !== undefined} title="An event: something that happened">
          <EventStep hook={hook} isDone={delivery !== undefined} />
        </Step>
        <Step isDone={delivery?.status === 'succeeded'} title="A delivery: the event on its way to the hook">
          {delivery === undefined ? (
            <p className="muted">It appears here by itself, within a second of the event.</p>
          ) : (
            <p>
              <StatusPill status={delivery.status} />{' '}
              <Link to="/deliveries/$id" params={{ id: delivery.id }}>
                See what was sent and answered
              </Link>
            </p>
          )}
        </Step>
      </ol>
    </section>
  );
}

function Step({ isDone, title, children }: { isDone: boolean; title: string; children: ReactNode }) {
  return (
    <li className={isDone ? 'step step-done' : 'step'}>
      <span className="step-mark">
        {isDone && <Check aria-hidden="true" />}
        <span className="visually-hidden">{isDone ? 'Done:' : 'To do:'}</span>
      </span>
      <div className="stack">
        <strong>{title}</strong>
        {children}
      </div>
    </li>
  );
}

/** A hook that needs no receiver, for a first look. */
const firstHook = { name: 'First hook', source: 'crud', event: 'consumers', handler: 'log' };

function HookStep({ hook }: { hook: Hook | undefined }) {
  const make = useMutation({
    mutationFn: () => api<Hook>('POST', '/event-hooks', firstHook),
    onSuccess: () => refresh('/event-hooks'),
    onError: (error) => sayFailure('The hook was not made', error),
  });
  if (hook !== undefined) {
    return (
      <p>
        <Link to="/hooks/$id" params={{ id: hook.id }}>
          {hook.name ?? `${hook.handler} of ${hook.source}`}
        </Link>
      </p>
    );
  }
  return (
    <div className="step-actions">
      <Button kind="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
        Make one that writes to the log
      </Button>
      <Link to="/hooks/new" className="button button-plain">
        Make one of your own
      </Link>
    </div>
  );
}

function EventStep({ hook, isDone }: { hook: Hook | undefined; isDone: boolean }) {
  const publish = useMutation({
    mutationFn: (to: Hook) => {
      const event = to.event ?? 'consumers';
      return api('POST', '/events', { source: to.source, event, data: sampleData(to.source, event, undefined) });
    },
    onSuccess: () => refresh('/events', '/deliveries'),
    onError: (error) => sayFailure('It was not published', error),
  });
  if (isDone) return null;
  if (hook === undefined) return <p className="muted">Publish one that the hook hears.</p>;
  return (
    <div className="step-actions">
      <Button kind="primary" isBusy={publish.isPending} onClick={() => publish.mutate(hook)}>
        Publish a sample of {hook.source}/{hook.event ?? 'consumers'}
      </Button>
    </div>
  );
}
