import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Megaphone } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '../api/client.ts';
import { refresh, useSources } from '../api/queries.ts';
import type { EventRecord } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { sampleData } from './sample-data.ts';

/** Publishes an event by hand; with `event`, publishes that one again. */
export function PublishDialog({ event }: { event?: EventRecord }) {
  const [isOpen, setOpen] = useState(false);
  if (!useCanChange()) return null;
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Megaphone aria-hidden="true" /> {event === undefined ? 'Publish an event' : 'Publish again'}
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Publish an event" isWide>
        <PublishForm event={event} />
      </Modal>
    </>
  );
}

function PublishForm({ event }: { event: EventRecord | undefined }) {
  const sources = useSources();
  const [source, setSource] = useState(event?.source ?? 'crud');
  const [name, setName] = useState(event?.event ?? 'consumers');
  const [text, setText] = useState(() =>
    JSON.stringify(event?.data ?? sampleData('crud', 'consumers', undefined), null, 2),
  );
  const known = sources.data?.data ?? {};
  const choose = (nextSource: string, nextName: string): void => {
    setSource(nextSource);
    setName(nextName);
    const entry = known[nextSource]?.[nextName];
    if (entry !== undefined) setText(JSON.stringify(sampleData(nextSource, nextName, entry), null, 2));
  };
  const publish = useMutation({
    mutationFn: () => api<{ id: string }>('POST', '/events', { source, event: name, data: JSON.parse(text) }),
    onSuccess: () => refresh('/events', '/deliveries'),
  });
  const id = useId();
  return (
    <form
      className="stack"
      onSubmit={(submission) => {
        submission.preventDefault();
        publish.mutate();
      }}
    >
      <div className="field-row">
        <div className="field">
          <label htmlFor={`${id}-source`}>Source</label>
          <select
            id={`${id}-source`}
            value={source}
            onChange={({ target }) => choose(target.value, Object.keys(known[target.value] ?? {})[0] ?? '')}
          >
            {Object.keys(known).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={`${id}-event`}>Event</label>
          <select id={`${id}-event`} value={name} onChange={({ target }) => choose(source, target.value)}>
            {Object.keys(known[source] ?? {}).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
      </div>
      <CodeEditor label="Data" language="json" value={text} onChange={setText} />
      {publish.isError && (
        <Notice tone="bad" title="It was not published">
          {publish.error.message}
        </Notice>
      )}
      {publish.isSuccess && (
        <Notice
          tone="ok"
          title="Published"
          actions={
            <Link to="/events/$id" params={{ id: publish.data.id }} className="button button-plain">
              See what becomes of it
            </Link>
          }
        />
      )}
      <div className="dialog-actions">
        <Button type="submit" kind="primary" isBusy={publish.isPending}>
          Publish
        </Button>
      </div>
    </form>
  );
}
