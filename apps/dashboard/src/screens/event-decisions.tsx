import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { nameHook, useHooks } from '../api/queries.ts';
import type { EventWithDecisions, HookDecision } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/count.ts';
import type { Tone } from '../ui/notice.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';

type Decision = HookDecision['decision'];

const DECISIONS = {
  fired: { label: 'Fired', tone: 'ok', why: 'It has a delivery.' },
  suppressed: { label: 'Suppressed', tone: 'calm', why: 'It has a delivery, which was held back.' },
  paused: { label: 'Paused', tone: 'warn', why: 'Its delivery waits until the hook is resumed.' },
  filtered: { label: 'Filtered out', tone: 'calm', why: 'Its filter is not true for this event.' },
  filter_error: { label: 'Filter failed', tone: 'bad', why: 'Its filter failed for this event.' },
  disabled: { label: 'Disabled', tone: 'bad', why: 'The hook is disabled. Enable it to deliver this after all.' },
  no_delivery: {
    label: 'Missed',
    tone: 'warn',
    why: 'It would hear this event now, but has no delivery. “Deliver past events” on its page delivers it.',
  },
  other_event: { label: 'Other events', tone: 'calm', why: 'It hears other events.' },
} as const satisfies Record<Decision, { label: string; tone: Tone; why: string }>;

const perPage = 100;

/** The hooks that have no delivery of an event, each with the reason. */
export function EventDecisions({ id }: { id: string }) {
  const path = `/events/${id}?decisions=true&size=${perPage}`;
  const pages = useInfiniteQuery({
    queryKey: [path],
    queryFn: ({ pageParam }) =>
      api<EventWithDecisions>('GET', pageParam === undefined ? path : `${path}&offset=${pageParam}`),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ offset }) => offset,
  });
  const hooks = useHooks();
  if (pages.isError) return <Failed error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.data === undefined) return <Loading />;
  const all = pages.data.pages.flatMap(({ decisions = [] }) => decisions);
  const without = all.filter(({ delivery_id }) => delivery_id === null);
  const others = without.filter(({ decision }) => decision === 'other_event');
  const concerned = without.filter(({ decision }) => decision !== 'other_event');
  const nameOf = ({ hook_id, name }: HookDecision): string =>
    name ??
    nameHook(
      hooks.data?.data.find((hook) => hook.id === hook_id),
      hook_id,
    );
  return (
    <section className="stack">
      <h2 className="section-title">Hooks without a delivery</h2>
      {concerned.length > 0 && (
        <ul className="card reasons">
          {concerned.map((own) => (
            <li key={own.hook_id}>
              <HookLink id={own.hook_id} name={nameOf(own)} />
              <Pill tone={DECISIONS[own.decision].tone}>{DECISIONS[own.decision].label}</Pill>
              <p className="muted small">
                {DECISIONS[own.decision].why} {own.detail !== null && <code className="wrap">{own.detail}</code>}
              </p>
            </li>
          ))}
        </ul>
      )}
      {concerned.length === 0 && others.length === 0 && <p className="muted">None.</p>}
      {others.length > 0 && (
        <details className="card">
          <summary>
            {others.length === 1 ? 'One hook hears' : `${formatCount(others.length)} hooks hear`} other events only
          </summary>
          <ul className="reasons">
            {others.map((own) => (
              <li key={own.hook_id}>
                <HookLink id={own.hook_id} name={nameOf(own)} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {pages.hasNextPage && (
        <div>
          <Button isBusy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Ask the next {perPage} hooks
          </Button>
        </div>
      )}
    </section>
  );
}

function HookLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/hooks/$id" params={{ id }} className="wrap">
      {name}
    </Link>
  );
}
