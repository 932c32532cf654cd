import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pathQuery, useLiveApi } from '../api/queries.ts';
import type { EventRecord, InboundEndpoint, InboundRejection, Page } from '../api/types.ts';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { At } from '../ui/time.tsx';
import { adviseOnRejection } from './advise-on-rejection.ts';
import { constantSourceOf } from './inbound-draft.ts';

/** Rejections are not part of the stream of changes. */
const askEveryMs = 3_000;
const shownEvents = 50;

interface Shown {
  time: string;
  event?: EventRecord;
  rejection?: InboundRejection;
}

/** Lists the endpoint's requests, newest first: accepted events, and refused requests with their reasons. */
export function InboundRequests({ endpoint }: { endpoint: InboundEndpoint }) {
  const source = constantSourceOf(endpoint);
  const rejections = useQuery({
    ...pathQuery<{ data: InboundRejection[] }>(`/inbound/${endpoint.name}/rejections`),
    refetchInterval: askEveryMs,
  });
  const query = new URLSearchParams({ size: String(shownEvents), ...(source !== null && { source }) });
  const events = useLiveApi<Page<EventRecord>>(`/events?${query}`, { enabled: source !== null });
  const shown: Shown[] = [
    ...(events.data?.data ?? []).map((event) => ({ time: event.created_at, event })),
    ...(rejections.data?.data ?? []).map((rejection) => ({ time: rejection.time, rejection })),
  ].sort((a, b) => b.time.localeCompare(a.time));
  return (
    <section className="stack">
      <div className="section-head">
        <h2 className="section-title">Latest requests</h2>
        <Link to="/events" search={source === null ? {} : { source }} className="button button-quiet">
          All events
        </Link>
      </div>
      <p className="muted small">
        {source === null
          ? 'The requests that were refused. Accepted ones are among the events, under the sources that the mapping gives.'
          : `The events of the source ${source}, and the requests that were refused. Repeats of an event and answered challenges are not listed.`}
      </p>
      <Loaded query={rejections}>
        {() =>
          shown.length === 0 ? (
            <Empty title="No requests yet">
              Follow the steps at the sender, or send a sample from here. It is shown within seconds.
            </Empty>
          ) : (
            <ul className="requests">
              {shown.map(({ time, event, rejection }) => (
                <li key={event?.id ?? `${time} ${rejection?.reason}`} className="card">
                  {event !== undefined && <Accepted event={event} />}
                  {rejection !== undefined && <Refused rejection={rejection} />}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function Accepted({ event }: { event: EventRecord }) {
  return (
    <div className="request-head">
      <Pill tone="ok">Accepted</Pill>
      <Link to="/events/$id" params={{ id: event.id }} className="wrap">
        {event.source}/{event.event}
      </Link>
      <span className="muted small">
        <At at={event.created_at} />
      </span>
    </div>
  );
}

function Refused({ rejection: { time, status, reason, headers } }: { rejection: InboundRejection }) {
  const advice = adviseOnRejection(status, reason);
  return (
    <>
      <div className="request-head">
        <Pill tone="bad">{`Refused with ${status}`}</Pill>
        <span className="muted small">
          <At at={time} />
        </span>
      </div>
      <p>{reason.replace(/^\w/, (first) => first.toUpperCase())}.</p>
      {advice !== null && <p className="muted">{advice}</p>}
      <details>
        <summary className="small">Its headers</summary>
        <dl className="headers">
          {Object.entries(headers).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value ?? <span className="muted">given; not kept, as it may be a secret</span>}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
