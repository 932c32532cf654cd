import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { nameHook, useHooks, useListApi, useSources } from '../api/queries.ts';
import type { EventRecord, Hook } from '../api/types.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { labelOf, StatusIcon, toneOf } from '../ui/status.tsx';
import { Ago, At } from '../ui/time.tsx';
import { Choice } from './choice.tsx';
import { useNewRows } from './delivery-table.tsx';
import { FindBox, LookFurther, RangeChoice } from './find.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { type EventsSearch, queryOfSearch } from './search.ts';

const pageSize = 50;

/** The published events, each with the decisions of the hooks that match it. */
export function Events() {
  const search: EventsSearch = useSearch({ strict: false });
  const events = useListApi<EventRecord>(`/events?decisions=true&${queryOfSearch(search, pageSize)}`, search.q);
  const hooks = useHooks();
  const isFiltered = Object.entries(search).some(([name, value]) => name !== 'offset' && value !== undefined);
  return (
    <>
      <PageHead title="Events" actions={<PublishDialog />}>
        The published events, and what each hook made of them. <DocsLink page="publishing" />
      </PageHead>
      <Filters search={search} />
      <Loaded query={events}>
        {(page) =>
          page.data.length === 0 && page.offset !== undefined ? (
            <LookFurther page={page} />
          ) : page.data.length === 0 ? (
            <Empty title={isFiltered ? 'No event matches these filters' : 'No events yet'}>
              {isFiltered ? 'Remove a filter, or choose a longer time.' : 'Publish one, and it is shown here at once.'}
            </Empty>
          ) : (
            <>
              <EventTable key={JSON.stringify(search)} events={page.data} hooks={hooks.data?.data ?? []} />
              <Pager offset={search.offset} next={page.offset} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Filters({ search }: { search: EventsSearch }) {
  const navigate = useNavigate();
  const sources = useSources();
  const set = (change: Partial<EventsSearch>): void => {
    void navigate({ to: '/events', search: { ...search, offset: undefined, ...change }, replace: true });
  };
  return (
    <search className="filters">
      <FindBox value={search.q} onFind={(q) => set({ q })} />
      <Choice label="Source" value={search.source} onChange={(source) => set({ source, event: undefined })}>
        {Object.keys(sources.data?.data ?? {}).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <Choice
        label="Event"
        value={search.event}
        isDisabled={search.source === undefined}
        onChange={(event) => set({ event })}
      >
        {Object.keys(sources.data?.data[search.source ?? ''] ?? {}).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <RangeChoice range={search} onChange={(range) => set(range as Partial<EventsSearch>)} />
    </search>
  );
}

function EventTable({ events, hooks }: { events: EventRecord[]; hooks: Hook[] }) {
  const isNew = useNewRows(events.map(({ id }) => id));
  const byId = new Map(hooks.map((hook) => [hook.id, hook]));
  return (
    <div className="table-frame">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col" className="wider">
              Data
            </th>
            <th scope="col">Matching hooks</th>
            <th scope="col" className="end">
              Published
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id} className={isNew(event.id) ? 'row-link row-new' : 'row-link'}>
              <td>
                <Link to="/events/$id" params={{ id: event.id }} className="row-target">
                  <span className="muted">{event.source}/</span>
                  {event.event}
                </Link>
              </td>
              <td className="wider clip">
                <code className="muted">{JSON.stringify(event.data).slice(0, 160)}</code>
              </td>
              <td>
                <Decisions event={event} hooks={byId} />
              </td>
              <td className="end">
                <span className="wide-inline">
                  <At at={event.created_at} />
                </span>
                <span className="narrow-inline">
                  <Ago at={event.created_at} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shownDecisions = 6;

function Decisions({ event, hooks }: { event: EventRecord; hooks: ReadonlyMap<string, Hook> }) {
  const deliveries = event.deliveries ?? [];
  if (deliveries.length === 0) return <span className="muted">None</span>;
  return (
    <ul className="decisions">
      {deliveries.slice(0, shownDecisions).map(({ id, hook_id, status }) => (
        <li key={id}>
          <span
            className={`decision tone-${toneOf(status)}`}
            title={`${nameHook(hooks.get(hook_id), hook_id)}: ${labelOf(status)}`}
          >
            <StatusIcon status={status} />
            <span className="clip">{nameHook(hooks.get(hook_id), hook_id)}</span>
            <span className="visually-hidden">: {labelOf(status)}</span>
          </span>
        </li>
      ))}
      {deliveries.length > shownDecisions && (
        <li className="muted small">and {deliveries.length - shownDecisions} more</li>
      )}
    </ul>
  );
}
