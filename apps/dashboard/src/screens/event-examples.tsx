import { useState } from 'react';
import { useApi } from '../api/queries.ts';
import type { EventRecord, Page, Sources } from '../api/types.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { Loading } from '../ui/states.tsx';
import { At } from '../ui/time.tsx';
import { sampleData } from './sample-data.ts';

/** Examples of an event's data: made from its schema, and as it was published last. Asked for when they are opened. */
export function EventExamples({
  source,
  event,
  entry,
}: {
  source: string;
  event: string;
  entry: Sources[string][string];
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="small">Examples</summary>
      {isOpen && (
        <div className="stack-tight">
          <p className="small muted">{entry.schema === undefined ? 'Made from its fields' : 'Made from its schema'}</p>
          <CodeBlock text={JSON.stringify(sampleData(source, event, entry))} label={`a made example of ${event}`} />
          <LastPublished source={source} event={event} />
        </div>
      )}
    </details>
  );
}

function LastPublished({ source, event }: { source: string; event: string }) {
  const query = new URLSearchParams({ source, event, size: '1' });
  const events = useApi<Page<EventRecord>>(`/events?${query}`);
  if (events.data === undefined) return <Loading />;
  const [latest] = events.data.data;
  if (latest === undefined)
    return <p className="small muted">It has not been published, or only before the days that are kept.</p>;
  return (
    <>
      <p className="small muted">
        Last published: <At at={latest.created_at} />
      </p>
      <CodeBlock text={JSON.stringify(latest.data)} label={`the last ${event} that was published`} />
    </>
  );
}
