import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowRight, Ban, Send } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { api } from '../api/client.ts';
import { nameHook, refresh, useApi, useHook, useLiveApi } from '../api/queries.ts';
import type { DeliveryWithAttempts, EventRecord, Hook } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Id } from '../ui/copy.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { StatusPill } from '../ui/status.tsx';
import { Ago, At, Countdown } from '../ui/time.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';
import { AttemptView } from './attempt-view.tsx';
import { Timeline } from './delivery-timeline.tsx';
import { diagnose, nextAttemptOf } from './diagnosis.ts';

/** One delivery: whether it arrived, why not, and what to do next. */
export function DeliveryScreen() {
  const { id = '' } = useParams({ strict: false });
  const delivery = useLiveApi<DeliveryWithAttempts>(`/deliveries/${id}`);
  return <Loaded query={delivery}>{(data) => <DeliveryView key={data.id} delivery={data} />}</Loaded>;
}

function DeliveryView({ delivery }: { delivery: DeliveryWithAttempts }) {
  const hook = useHook(delivery.hook_id);
  const event = useApi<EventRecord>(`/events/${delivery.event_id}`);
  const [chosen, setChosen] = useState<number | null>(null);
  const { attempts } = delivery;
  const shown = attempts.find(({ number }) => number === chosen) ?? attempts.at(-1);
  return (
    <>
      <PageHead
        title={`${delivery.source}/${delivery.event}`}
        above={<Breadcrumb delivery={delivery} hook={hook.data} />}
        actions={<Resend delivery={delivery} />}
      >
        <StatusPill status={delivery.status} /> published <Ago at={delivery.created_at} />
      </PageHead>
      <DiagnosisNotice delivery={delivery} hook={hook.data} />
      <div className="split">
        <div className="stack">
          {attempts.length === 0 ? (
            <NoAttempt status={delivery.status} />
          ) : (
            <section className="card">
              <h2>Attempts</h2>
              <Timeline delivery={delivery} shown={shown?.number} onShow={setChosen} />
            </section>
          )}
          {shown !== undefined && <AttemptView attempt={shown} isOnly={attempts.length === 1} />}
        </div>
        <aside className="stack">
          <Facts delivery={delivery} hook={hook.data} />
          <section className="card">
            <h2>The event’s data</h2>
            <Loaded query={event}>
              {({ data }) => <CodeBlock text={JSON.stringify(data)} label="the event’s data" />}
            </Loaded>
          </section>
        </aside>
      </div>
    </>
  );
}

function NoAttempt({ status }: { status: string }) {
  if (status === 'waiting') return <Empty title="No attempt yet">The first attempt is still to come.</Empty>;
  return (
    <Empty title="No attempt was made">
      {status === 'suppressed' ? 'A suppressed delivery is not sent.' : 'It ended before its first attempt.'}
    </Empty>
  );
}

function Breadcrumb({ delivery, hook }: { delivery: DeliveryWithAttempts; hook: Hook | undefined }) {
  return (
    <p className="breadcrumb">
      <Link to="/events/$id" params={{ id: delivery.event_id }}>
        The event
      </Link>
      <ArrowRight aria-hidden="true" />
      <Link to="/hooks/$id" params={{ id: delivery.hook_id }}>
        {nameHook(hook, delivery.hook_id)}
      </Link>
    </p>
  );
}

function Resend({ delivery }: { delivery: DeliveryWithAttempts }) {
  const canChange = useCanChange();
  const resend = useMutation({
    mutationFn: () => api('POST', `/deliveries/${delivery.id}/retry`, {}),
    onSuccess: async () => {
      say('It is on its way again', 'Due now, with a fresh retry schedule.');
      await refresh('/deliveries');
    },
    onError: (error) => sayFailure('It was not sent', error),
  });
  const cancel = useMutation({
    mutationFn: () => api('POST', `/deliveries/${delivery.id}/cancel`, {}),
    onSuccess: async () => {
      say('It is cancelled', 'Send it again to bring it back.');
      await refresh('/deliveries');
    },
    onError: (error) => sayFailure('It was not cancelled', error),
  });
  if (!canChange) return null;
  return (
    <>
      {(delivery.status === 'waiting' || delivery.reason === 'holds_key') && (
        <Button isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          <Ban aria-hidden="true" /> Cancel
        </Button>
      )}
      <Button kind="primary" isBusy={resend.isPending} onClick={() => resend.mutate()}>
        <Send aria-hidden="true" /> {delivery.status === 'waiting' ? 'Send now' : 'Send again'}
      </Button>
    </>
  );
}

function DiagnosisNotice({ delivery, hook }: { delivery: DeliveryWithAttempts; hook: Hook | undefined }) {
  const { tone, title, why, advice } = diagnose(delivery, delivery.attempts, hook);
  const canChange = useCanChange();
  const nextAttempt = nextAttemptOf(delivery);
  const isTroubled = delivery.status === 'exhausted' || delivery.status === 'waiting';
  return (
    <Notice
      tone={tone}
      title={title}
      actions={
        isTroubled &&
        canChange &&
        hook !== undefined && (
          <Link to="/hooks/$id/edit" params={{ id: hook.id }} className="button button-plain">
            Edit the hook
          </Link>
        )
      }
    >
      <p>{why}</p>
      {advice !== null && <p>{advice}</p>}
      {delivery.status === 'waiting' && nextAttempt !== null && (
        <p className="next-try">
          Next attempt <Countdown until={nextAttempt} over="any moment" />
        </p>
      )}
      {delivery.behind !== null && (
        <p>
          The first delivery of its key:{' '}
          <Link to="/deliveries/$id" params={{ id: delivery.behind }}>
            {delivery.behind}
          </Link>
        </p>
      )}
      {delivery.status === 'suppressed' && delivery.suppressed_until !== null && (
        <p>
          The snooze ends at <At at={delivery.suppressed_until} />.
        </p>
      )}
    </Notice>
  );
}

function Facts({ delivery, hook }: { delivery: DeliveryWithAttempts; hook: Hook | undefined }): ReactNode {
  return (
    <section className="card">
      <h2>Delivery</h2>
      <dl className="facts">
        <div>
          <dt>Hook</dt>
          <dd>
            <Link to="/hooks/$id" params={{ id: delivery.hook_id }}>
              {nameHook(hook, delivery.hook_id)}
            </Link>
          </dd>
        </div>
        {hook !== undefined && (
          <div>
            <dt>Handler</dt>
            <dd>{hook.handler}</dd>
          </div>
        )}
        <div>
          <dt>Published</dt>
          <dd>
            <At at={delivery.created_at} />
          </dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{delivery.attempt_count}</dd>
        </div>
        {delivery.suppressed_count !== null && (
          <div>
            <dt>Held back before</dt>
            <dd>{delivery.suppressed_count}</dd>
          </div>
        )}
        {delivery.batch_id !== null && (
          <div>
            <dt>Batch</dt>
            <dd>
              <Id id={delivery.batch_id} label="the batch’s id" />
            </dd>
          </div>
        )}
        <div>
          <dt>webhook-id</dt>
          <dd>
            <Id id={delivery.id} label="the delivery’s id" />
          </dd>
        </div>
      </dl>
    </section>
  );
}
