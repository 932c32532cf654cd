import { useParams } from '@tanstack/react-router';
import { apiUrl } from '../api/client.ts';
import { useHooks, useLiveApi } from '../api/queries.ts';
import type { Delivery, EventRecord, Page } from '../api/types.ts';
import { useSession } from '../session/session.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyAs, Id } from '../ui/copy.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Ago, At } from '../ui/time.tsx';
import { publishAsCurl } from './copy-as.ts';
import { DeliveryTable } from './delivery-table.tsx';
import { EventDecisions } from './event-decisions.tsx';
import { PublishDialog } from './publish-dialog.tsx';

/** One event with its deliveries to all hooks. */
export function EventScreen() {
  const { id = '' } = useParams({ strict: false });
  const event = useLiveApi<EventRecord>(`/events/${id}`);
  return <Loaded query={event}>{(data) => <EventView key={data.id} event={data} />}</Loaded>;
}

function EventView({ event }: { event: EventRecord }) {
  const deliveries = useLiveApi<Page<Delivery>>(`/deliveries?event_id=${event.id}&size=200`);
  const hooks = useHooks();
  const { is_token_required } = useSession();
  return (
    <>
      <PageHead title={`${event.source}/${event.event}`} actions={<PublishDialog event={event} />}>
        Published <Ago at={event.created_at} />
      </PageHead>
      <div className="split">
        <section className="stack">
          <h2 className="section-title">Its deliveries</h2>
          <Loaded query={deliveries}>
            {(page) =>
              page.data.length === 0 ? (
                <Empty title="No hook has a delivery of it">
                  No hook heard it, or it was published a moment ago. Below is the reason for each hook.
                </Empty>
              ) : (
                <DeliveryTable deliveries={page.data} hooks={hooks.data?.data ?? []} subject="hook" />
              )
            }
          </Loaded>
          <EventDecisions id={event.id} />
        </section>
        <aside className="stack">
          <section className="card">
            <h2>Event</h2>
            <dl className="facts">
              <div>
                <dt>Published</dt>
                <dd>
                  <At at={event.created_at} />
                </dd>
              </div>
              <div>
                <dt>Id</dt>
                <dd>
                  <Id id={event.id} label="the event’s id" />
                </dd>
              </div>
              {event.publisher_id !== null && (
                <div>
                  <dt>Publisher’s id</dt>
                  <dd>
                    <code className="wrap">{event.publisher_id}</code>
                  </dd>
                </div>
              )}
            </dl>
            <CodeBlock text={JSON.stringify(event.data)} label="the event’s data" />
            <div>
              <CopyAs
                label="Copy as curl"
                make={() => publishAsCurl(event, new URL(apiUrl('/events'), location.origin).href, is_token_required)}
              />
            </div>
          </section>
        </aside>
      </div>
    </>
  );
}
