import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { nameHook } from '../api/queries.ts';
import type { Delivery, Hook } from '../api/types.ts';
import { StatusPill } from '../ui/status.tsx';
import { Ago, At, Countdown, formatMs } from '../ui/time.tsx';
import { nextAttemptOf, shortReason } from './diagnosis.ts';

/** Deliveries, one per row; rows that were not there before are marked as new. */
export function DeliveryTable({
  deliveries,
  hooks,
  subject = 'both',
  selected = [],
  onSelect,
}: {
  deliveries: Delivery[];
  hooks: Hook[];
  /** The column that tells rows apart: the event on a hook's page, the hook on an event's page. */
  subject?: 'both' | 'event' | 'hook';
  selected?: readonly string[];
  /** Absent: rows cannot be selected. */
  onSelect?: (ids: readonly string[]) => void;
}) {
  const isNew = useNewRows(deliveries.map(({ id }) => id));
  const byId = new Map(hooks.map((hook) => [hook.id, hook]));
  return (
    <div className="table-frame">
      <table className="table table-rows">
        <thead>
          <tr>
            {onSelect && (
              <th scope="col" className="select">
                <input
                  type="checkbox"
                  aria-label="Select all on this page"
                  checked={deliveries.length > 0 && deliveries.every(({ id }) => selected.includes(id))}
                  onChange={({ target }) => onSelect(target.checked ? deliveries.map(({ id }) => id) : [])}
                />
              </th>
            )}
            <th scope="col">Status</th>
            {subject !== 'hook' && <th scope="col">Event</th>}
            {subject !== 'event' && <th scope="col">Hook</th>}
            <th scope="col" className="wider end">
              Attempts
            </th>
            <th scope="col" className="wide end">
              Duration
            </th>
            <th scope="col" className="wider">
              Next attempt
            </th>
            <th scope="col" className="end">
              Published
            </th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <tr key={delivery.id} className={isNew(delivery.id) ? 'row-link row-new' : 'row-link'}>
              {onSelect && (
                <td className="select">
                  <input
                    type="checkbox"
                    aria-label={`Select the delivery of ${delivery.source}/${delivery.event}`}
                    checked={selected.includes(delivery.id)}
                    onChange={({ target: { checked } }) =>
                      onSelect(checked ? [...selected, delivery.id] : selected.filter((id) => id !== delivery.id))
                    }
                  />
                </td>
              )}
              <td>
                <StatusPill status={delivery.status} detail={shortReason(delivery)} />
              </td>
              <td>
                <Link to="/deliveries/$id" params={{ id: delivery.id }} className="row-target">
                  {subject === 'hook' ? (
                    nameHook(byId.get(delivery.hook_id), delivery.hook_id)
                  ) : (
                    <EventName {...delivery} />
                  )}
                </Link>
              </td>
              {subject === 'both' && <td className="clip">{nameHook(byId.get(delivery.hook_id), delivery.hook_id)}</td>}
              <td className="wider end number">{delivery.attempt_count}</td>
              <td className="wide end number">{formatMs(delivery.duration_ms)}</td>
              <td className="wider">
                <NextAttempt at={nextAttemptOf(delivery)} />
              </td>
              <td className="end">
                <span className="wide-inline">
                  <At at={delivery.created_at} />
                </span>
                <span className="narrow-inline">
                  <Ago at={delivery.created_at} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NextAttempt({ at }: { at: string | null }) {
  return at === null ? <span className="muted">–</span> : <Countdown until={at} />;
}

function EventName({ source, event }: Pick<Delivery, 'source' | 'event'>) {
  return (
    <>
      <span className="muted">{source}/</span>
      {event}
    </>
  );
}

/** Recognizes ids that are newer than all of the first render. */
export function useNewRows(ids: readonly string[]): (id: string) => boolean {
  const newest = useRef<string | undefined>(undefined);
  newest.current ??= ids[0];
  const first = newest.current;
  // Ids are ordered by time.
  return (id) => first !== undefined && id > first;
}
