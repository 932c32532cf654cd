import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowRight, Send } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { api } from '../api/client.ts';
import { nameHook, refresh, useApi, useHook, useLiveApi } from '../api/queries.ts';
import type { Attempt, DeliveryWithAttempts, EventRecord, Hook, Message } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Id } from '../ui/copy.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { StatusPill } from '../ui/status.tsx';
import { Ago, At, Countdown, formatDuration, formatMs } from '../ui/time.tsx';
import { say, sayFailure } from '../ui/toasts.tsx';
import { describeFailure } from './failures.ts';
import { judge } from './verdict.ts';

/** One delivery: did it arrive, if not why, and what now. */
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
      <VerdictNotice delivery={delivery} hook={hook.data} />
      <div className="split">
        <div className="stack">
          {attempts.length === 0 ? (
            <Empty title="No attempt was made">
              {delivery.status === 'suppressed' ? 'What is held back is not sent.' : 'The first one is still to come.'}
            </Empty>
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
  if (!canChange) return null;
  return (
    <Button kind="primary" isBusy={resend.isPending} onClick={() => resend.mutate()}>
      <Send aria-hidden="true" /> {delivery.status === 'waiting' ? 'Send now' : 'Send again'}
    </Button>
  );
}

function VerdictNotice({ delivery, hook }: { delivery: DeliveryWithAttempts; hook: Hook | undefined }) {
  const { tone, title, why, advice } = judge(delivery, delivery.attempts, hook);
  const canChange = useCanChange();
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
      {delivery.status === 'waiting' && delivery.next_attempt_at !== null && delivery.reason !== 'in_flight' && (
        <p className="next-try">
          Next attempt <Countdown until={delivery.next_attempt_at} over="any moment" />
        </p>
      )}
      {delivery.suppressed_until !== null && (
        <p>
          Until <At at={delivery.suppressed_until} />.
        </p>
      )}
    </Notice>
  );
}

/** A bar an attempt, its length by its duration; between them what was waited. */
function Timeline({
  delivery,
  shown,
  onShow,
}: {
  delivery: DeliveryWithAttempts;
  shown: number | undefined;
  onShow: (number: number) => void;
}) {
  const { attempts } = delivery;
  const longest = Math.max(1, ...attempts.map(({ duration_ms }) => duration_ms));
  return (
    <ol className="timeline">
      {attempts.map((attempt, index) => (
        <li key={attempt.number}>
          <Gap before={attempts[index - 1]} attempt={attempt} />
          <button
            type="button"
            className="timeline-attempt"
            aria-pressed={attempt.number === shown}
            onClick={() => onShow(attempt.number)}
          >
            <span className={`timeline-number tone-${attempt.ok ? 'ok' : 'bad'}`}>{attempt.number}</span>
            <span className="timeline-what">
              <strong>{describeEnd(attempt)}</strong>
              <span className="muted">
                <At at={attempt.started_at} />
              </span>
            </span>
            <span className="timeline-bar" aria-hidden="true">
              <meter
                className={attempt.ok ? 'meter-ok' : 'meter-bad'}
                min={0}
                max={longest}
                value={Math.max(attempt.duration_ms, longest / 100)}
              />
            </span>
            <span className="number timeline-duration">{formatMs(attempt.duration_ms)}</span>
          </button>
        </li>
      ))}
      {delivery.next_attempt_at !== null && (
        <li className="timeline-next">
          <span className="timeline-number">{attempts.length + 1}</span>
          {delivery.reason === 'in_flight' ? (
            'under way'
          ) : (
            <Countdown until={delivery.next_attempt_at} over="any moment" />
          )}
        </li>
      )}
    </ol>
  );
}

function Gap({ before, attempt }: { before: Attempt | undefined; attempt: Attempt }) {
  if (before === undefined) return null;
  const waitedMs = Date.parse(attempt.started_at) - Date.parse(before.started_at) - before.duration_ms;
  return (
    <span className="timeline-gap muted small">
      waited {waitedMs < 1_000 ? formatMs(Math.max(0, waitedMs)) : formatDuration(waitedMs / 1_000)}
    </span>
  );
}

function describeEnd({ ok, error_code, response }: Attempt): string {
  if (response?.status !== undefined) return `${response.status}${ok ? '' : ` · ${error_code}`}`;
  return ok ? 'Done' : (error_code ?? 'Failed');
}

function AttemptView({ attempt, isOnly }: { attempt: Attempt; isOnly: boolean }) {
  const { request, response } = attempt;
  return (
    <section className="card" aria-live="polite">
      <h2>{isOnly ? 'The attempt' : `Attempt ${attempt.number}`}</h2>
      {attempt.error_message !== null && (
        <Notice tone="bad" title={describeFailure(attempt.error_code ?? '')}>
          <code className="wrap">{attempt.error_message}</code>
        </Notice>
      )}
      {request?.log !== undefined && <CodeBlock text={JSON.stringify(request.log)} label="the log line" />}
      {response?.logs !== undefined && <LambdaLog lines={response.logs} />}
      {response?.value !== undefined && (
        <>
          <h3>Result</h3>
          <CodeBlock text={JSON.stringify(response.value)} label="the result" />
        </>
      )}
      {request?.url !== undefined && (
        <div className="exchange">
          <MessageView title="Request" line={`${request.method} ${request.url}`} message={request} />
          {response === null ? (
            <div>
              <h3>Response</h3>
              <p className="muted">None came.</p>
            </div>
          ) : (
            <MessageView title="Response" line={String(response.status)} message={response} />
          )}
        </div>
      )}
    </section>
  );
}

function LambdaLog({ lines }: { lines: readonly { level: string; message: string }[] }) {
  return (
    <>
      <h3>Log</h3>
      {lines.length === 0 ? (
        <p className="muted">It logged nothing.</p>
      ) : (
        <ol className="log-lines">
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
            <li key={index}>
              <span className="log-level">{line.level}</span> {line.message}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function MessageView({ title, line, message }: { title: string; line: string; message: Message }) {
  const headers = Object.entries(message.headers ?? {});
  return (
    <div>
      <h3>{title}</h3>
      <p className="message-line">
        <code className="wrap">{line}</code>
      </p>
      {message.body ? (
        <CodeBlock text={message.body} label={`the ${title.toLowerCase()}’s body`} />
      ) : (
        <p className="muted">No body.</p>
      )}
      {message.bodyTruncated === true && <p className="muted small">Cut after 4 KiB; the rest was not read.</p>}
      <details open={headers.length <= 8}>
        <summary>Headers ({headers.length})</summary>
        <dl className="headers">
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value ?? <span className="muted">hidden</span>}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
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
