import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { ApiFailure, api } from '../api/client.ts';
import { refresh } from '../api/queries.ts';
import type { FaultTree, Sources } from '../api/types.ts';
import { CodeEditor } from '../editor/code-editor.tsx';
import { faultAt } from '../hook-form/faults.ts';
import { Labelled } from '../hook-form/labelled.tsx';
import { parseObject } from '../hook-form/parse-object.ts';
import { Button } from '../ui/button.tsx';
import { Modal } from '../ui/modal.tsx';
import { Notice } from '../ui/notice.tsx';
import { say } from '../ui/toasts.tsx';

type Entry = Sources[string][string];

/** Adds an event of one's own to the catalogue. */
export function NewEvent() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" /> Add an event
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title="Add an event of your own" isWide>
        <EventForm onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

/** Changes an event of one's own. */
export function EditEvent({ source, event, entry }: { source: string; event: string; entry: Entry }) {
  const [isOpen, setOpen] = useState(false);
  const initial = {
    source,
    event,
    description: entry.description ?? '',
    fields: entry.fields.join(', '),
    unique: entry.unique?.join(', ') ?? '',
    schema: entry.schema === undefined ? '' : JSON.stringify(entry.schema, null, 2),
  };
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`Edit ${source}/${event}`}>
        Edit
      </Button>
      <Modal isOpen={isOpen} onClose={() => setOpen(false)} title={`Edit ${source}/${event}`} isWide>
        <EventForm initial={initial} onDone={() => setOpen(false)} />
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

const empty = { source: '', event: '', description: '', fields: '', unique: '', schema: '' };

function EventForm({ initial, onDone }: { initial?: typeof empty; onDone: () => void }) {
  const [values, setValues] = useState(initial ?? empty);
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
      say(initial === undefined ? `${values.source}/${values.event} can be published` : 'The event is changed');
      await refresh('/event-hooks/sources');
      onDone();
    },
  });
  const faults: FaultTree = save.error instanceof ApiFailure ? save.error.fields : {};
  const input = (name: keyof typeof values, label: string, help?: string) => (
    <Labelled label={label} description={help} error={faultAt(faults, name)}>
      {(ids) => (
        <input
          {...ids}
          value={values[name]}
          spellCheck={false}
          readOnly={initial !== undefined && (name === 'source' || name === 'event')}
          onChange={({ target }) => setValues({ ...values, [name]: target.value })}
        />
      )}
    </Labelled>
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
        {input('fields', 'Fields', 'The names of the data’s fields, separated by commas.')}
        {input(
          'unique',
          'Unique fields',
          'Two events count as the same for snooze and on_change if these fields are equal. Empty: all of the data.',
        )}
      </div>
      <CodeEditor
        label="JSON Schema"
        language="json"
        value={values.schema}
        onChange={(next) => setValues({ ...values, schema: next })}
        error={schema === null ? 'This is not a JSON object' : faultAt(faults, 'schema')}
        description="Optional. Data that do not match it are refused."
      />
      {save.isError && (
        <Notice tone="bad" title="It was not saved">
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
          {initial === undefined ? 'Add it' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
