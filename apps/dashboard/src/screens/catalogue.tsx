import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { ApiFailure, api } from '../api/client.ts';
import { refresh, useSources } from '../api/queries.ts';
import type { Sources } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { parseObject } from '../hook-form/parse-object.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { ConfirmButton } from '../ui/confirm.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';

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
        The events that can be published, and what they carry.
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
  if (fitting.length === 0) return <Empty title="No event fits" />;
  return fitting.map(([source, events]) => (
    <details key={source} className="card source" open={text !== '' || !BUILT_IN.has(source) || events.length < 4}>
      <summary>
        <h2>{source}</h2>
        <span className="muted small">
          {events.length} {events.length === 1 ? 'event' : 'events'}
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
                title={entry.unique?.includes(field) ? 'Part of the digest of snooze and on_change' : undefined}
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
      {canChange && !BUILT_IN.has(source) && (
        <ConfirmButton
          label="Remove"
          title={`Remove ${source}/${event}?`}
          confirm="Remove the event"
          onConfirm={async () => {
            await api('DELETE', `/event-hooks/sources/${encodeURIComponent(source)}/${encodeURIComponent(event)}`);
            await refresh('/event-hooks/sources');
          }}
        >
          It can no longer be published. While a hook listens to it, it stays.
        </ConfirmButton>
      )}
    </li>
  );
}

function NewEvent() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" /> Add an event
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Add an event of your own" isWide>
        <NewEventForm onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function listNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function NewEventForm({ onDone }: { onDone: () => void }) {
  const [values, setValues] = useState({ source: '', event: '', description: '', fields: '', unique: '', schema: '' });
  const id = useId();
  const schema = values.schema.trim() === '' ? undefined : parseObject(values.schema);
  const save = useMutation({
    mutationFn: () =>
      api('PUT', `/event-hooks/sources/${encodeURIComponent(values.source)}/${encodeURIComponent(values.event)}`, {
        ...(values.description !== '' && { description: values.description }),
        fields: listNames(values.fields),
        ...(values.unique !== '' && { unique: listNames(values.unique) }),
        ...(schema && { schema }),
      }),
    onSuccess: async () => {
      say(`${values.source}/${values.event} can be published`);
      await refresh('/event-hooks/sources');
      onDone();
    },
  });
  const input = (name: keyof typeof values, label: string, help?: string) => (
    <div className="field">
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        value={values[name]}
        spellCheck={false}
        onChange={({ target }) => setValues({ ...values, [name]: target.value })}
      />
      {help !== undefined && <p className="field-help">{help}</p>}
    </div>
  );
  return (
    <form
      className="stack"
      onSubmit={(submission) => {
        submission.preventDefault();
        save.mutate();
      }}
    >
      <div className="field-row">
        {input('source', 'Source', 'Your system, such as shop.')}
        {input('event', 'Event', 'What happens, such as order-paid.')}
      </div>
      {input('description', 'Description')}
      <div className="field-row">
        {input('fields', 'Fields', 'What the data carry, separated by commas.')}
        {input(
          'unique',
          'Unique fields',
          'Those that make two events the same for snooze and on_change. Empty: all data.',
        )}
      </div>
      <CodeEditor
        label="JSON Schema"
        language="json"
        value={values.schema}
        onChange={(next) => setValues({ ...values, schema: next })}
        error={schema === null ? 'This is no JSON object' : undefined}
        description="Published data must meet it. May be empty."
      />
      {save.isError && (
        <Notice tone="bad" title="It was not added">
          {save.error instanceof ApiFailure ? save.error.message : 'The admin does not answer'}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button
          type="submit"
          kind="primary"
          disabled={schema === null || values.source === '' || values.event === ''}
          isBusy={save.isPending}
        >
          Add it
        </Button>
      </div>
    </form>
  );
}
