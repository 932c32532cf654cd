import { useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useSources } from '../api/queries.ts';
import type { Sources } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { formatCount } from '../ui/count.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { EventExamples } from './event-examples.tsx';
import { EditEvent, NewEvent } from './event-form.tsx';

/** Built-in sources, which cannot be changed. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'ai-rate-limiting-advanced',
  'balancer',
  'crud',
  'dao:crud',
  'eventhooks',
  'oas-validation',
  'rate-limiting-advanced',
  'service-protection',
]);

/** Every source with its events and their fields. */
export function Catalogue() {
  const sources = useSources();
  const [text, setText] = useState('');
  return (
    <>
      <PageHead title="Catalogue" actions={useCanChange() && <NewEvent />}>
        The events that can be published, and their fields. <DocsLink page="publishing" />
      </PageHead>
      <search className="filters">
        <input
          type="search"
          aria-label="Find an event"
          placeholder="Find an event"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </search>
      <Loaded query={sources}>{({ data }) => <SourceList sources={data} text={text.toLowerCase()} />}</Loaded>
    </>
  );
}

function SourceList({ sources, text }: { sources: Sources; text: string }) {
  const fitting = Object.entries(sources)
    .map(
      ([source, events]) =>
        [
          source,
          Object.entries(events).filter(([event]) => `${source}/${event}`.toLowerCase().includes(text)),
        ] as const,
    )
    .filter(([, events]) => events.length > 0)
    .sort(([a], [b]) => Number(BUILT_IN.has(a)) - Number(BUILT_IN.has(b)));
  if (fitting.length === 0) return <Empty title="No event matches" />;
  return fitting.map(([source, events]) => (
    <details key={source} className="card source" open={text !== '' || !BUILT_IN.has(source) || events.length < 4}>
      <summary>
        <h2>{source}</h2>
        <span className="muted small">
          {formatCount(events.length)} {events.length === 1 ? 'event' : 'events'}
          {!BUILT_IN.has(source) && ' · your own'}
        </span>
      </summary>
      <ul className="catalogue-events">
        {events.map(([event, entry]) => (
          <EventEntry key={event} source={source} event={event} entry={entry} />
        ))}
      </ul>
    </details>
  ));
}

function EventEntry({ source, event, entry }: { source: string; event: string; entry: Sources[string][string] }) {
  const canChange = useCanChange();
  return (
    <li>
      <div className="catalogue-event">
        <strong>{event}</strong>
        <ul className="chips">
          {entry.fields.map((field) => (
            <li key={field}>
              <code
                className={entry.unique?.includes(field) ? 'unique' : undefined}
                title={entry.unique?.includes(field) ? 'Snooze and on_change compare this field' : undefined}
              >
                {field}
              </code>
            </li>
          ))}
        </ul>
      </div>
      {entry.description !== undefined && <p className="muted small">{entry.description}</p>}
      {entry.schema !== undefined && (
        <details>
          <summary className="small">JSON Schema</summary>
          <CodeBlock text={JSON.stringify(entry.schema)} label="the schema" />
        </details>
      )}
      <EventExamples source={source} event={event} entry={entry} />
      {canChange && !BUILT_IN.has(source) && (
        <div className="catalogue-actions">
          <EditEvent source={source} event={event} entry={entry} />
          <ConfirmButton
            label="Remove"
            title={`Remove ${source}/${event}?`}
            confirm="Remove the event"
            onConfirm={async () => {
              await api('DELETE', `/event-hooks/sources/${encodeURIComponent(source)}/${encodeURIComponent(event)}`);
              await refresh('/event-hooks/sources');
            }}
          >
            It can no longer be published. An event that a hook names cannot be removed.
          </ConfirmButton>
        </div>
      )}
    </li>
  );
}
