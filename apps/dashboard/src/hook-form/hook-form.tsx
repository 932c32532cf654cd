import type { FieldForm } from '@eventhooks/contract';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { ApiFailure } from '../api/client.ts';
import { useApi, useSources } from '../api/queries.ts';
import type { EventRecord, FaultTree, Page, Sources } from '../api/types.ts';
import type { EditorLanguage } from '../editor/editor.tsx';
import { sampleData } from '../screens/sample-data.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Loaded } from '../ui/states.tsx';
import type { Draft } from './draft.ts';
import { EventSection, FieldsOfEvent } from './event-fields.tsx';
import { faultAt } from './faults.ts';
import { HookField } from './field.tsx';
import { parseObject } from './parse-object.ts';
import { Preview } from './preview.tsx';
import { type FieldSpec, findHandler, type OpenApi } from './schema.ts';
import { useOpenApi } from './use-open-api.ts';

export interface HookFormProps {
  initial: Draft;
  submitLabel: string;
  onSubmit: (draft: Draft, fields: FieldSpec[]) => Promise<unknown>;
  cancel: ReactNode;
}

/** A hook's form, made from the API's own schema, with the catalogue and a preview beside it. */
export function HookForm(props: HookFormProps) {
  const document = useOpenApi();
  const sources = useSources();
  return (
    <Loaded query={document}>
      {(openApi) => (
        <Loaded query={sources}>{({ data }) => <Form {...props} openApi={openApi} sources={data} />}</Loaded>
      )}
    </Loaded>
  );
}

function Form({
  initial,
  submitLabel,
  onSubmit,
  cancel,
  openApi,
  sources,
}: HookFormProps & { openApi: OpenApi; sources: Sources }) {
  const [draft, setDraft] = useState(initial);
  const entry = sources[draft.source]?.[draft.event];
  const [edited, setEdited] = useState<string>();
  const latest = useLatestEvent(draft);
  const sample = edited ?? printSample(draft, entry?.fields ?? [], latest);
  const handler = useMemo(() => findHandler(openApi, initial.handler), [openApi, initial.handler]);
  const { fields } = handler;
  const save = useMutation({ mutationFn: () => onSubmit(draft, fields) });
  const faults = save.error instanceof ApiFailure ? save.error.fields : {};
  const choose = (source: string, event: string): void => {
    setDraft((before) => ({ ...before, source, event }));
    setEdited(undefined);
  };
  return (
    <form
      className="split split-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="stack">
        <EventSection draft={draft} sources={sources} faults={faults} onChoose={choose} />
        <Sections
          fields={fields}
          draft={draft}
          faults={faults}
          names={[...new Set(['event', 'source', ...(entry?.fields ?? []), ...listNames(sample)])]}
          onChange={(path, value) => setDraft((before) => setValue(before, fields, path, value))}
        />
        {save.isError && (
          <Notice tone="bad" title="It was not saved">
            {save.error.message}
          </Notice>
        )}
        <div className="form-actions">
          <Button type="submit" kind="primary" isBusy={save.isPending}>
            {submitLabel}
          </Button>
          {cancel}
        </div>
      </div>
      <aside className="stack">
        {entry !== undefined && (
          <FieldsOfEvent
            draft={draft}
            entry={entry}
            isTemplated={fields.some(({ form }) => form?.editor === 'template')}
          />
        )}
        <Preview draft={draft} handler={handler} sample={sample} onSample={setEdited} />
      </aside>
    </form>
  );
}

/** The last published event of this name: the most realistic sample. */
function useLatestEvent({ source, event }: Draft): EventRecord | undefined {
  const query = new URLSearchParams({ source, size: '1', ...(event !== '' && { event }) });
  return useApi<Page<EventRecord>>(`/events?${query}`).data?.data[0];
}

function printSample({ source, event }: Draft, fields: readonly string[], latest: EventRecord | undefined): string {
  const isSame = latest?.source === source && (event === '' || latest.event === event);
  const data = isSame ? latest.data : sampleData(source, event === '' ? 'consumers' : event, fields);
  return JSON.stringify(data, null, 2);
}

function setValue(draft: Draft, fields: readonly FieldSpec[], path: string, value: unknown): Draft {
  const values = { ...draft.values, [path]: value };
  if (path !== 'config.language') return { ...draft, values };
  // A function that is not edited yet follows the language.
  for (const { path: field, form } of fields) {
    const functions = draft.values[field];
    const starts = form?.starts;
    if (starts === undefined || !Array.isArray(functions)) continue;
    if (Object.values(starts).includes(functions[0])) values[field] = [starts[languageOf(value)]];
  }
  return { ...draft, values };
}

function languageOf(value: unknown): EditorLanguage & ('lua' | 'javascript') {
  return value === 'javascript' ? 'javascript' : 'lua';
}

const sections = {
  target: 'Where it goes',
  content: 'What is sent',
  firing: 'When it fires',
  delivery: 'How it is delivered',
  more: 'More',
} as const satisfies Record<FieldForm['section'], string>;

function Sections({
  fields,
  draft,
  faults,
  names,
  onChange,
}: {
  fields: FieldSpec[];
  draft: Draft;
  faults: FaultTree;
  names: string[];
  onChange: (path: string, value: unknown) => void;
}) {
  const language = languageOf(draft.values['config.language']);
  return Object.entries(sections).map(([section, title]) => {
    const own = fields.filter(({ form }) => (form?.section ?? 'more') === section);
    if (own.length === 0) return null;
    const hasFault = own.some(({ path }) => faultAt(faults, path) !== undefined);
    const isFolded = section === 'delivery' || section === 'more';
    return (
      <details key={section} className="card" open={!isFolded || hasFault}>
        <summary>
          <h2>{title}</h2>
        </summary>
        <div className="stack">
          {own.map((spec) => (
            <HookField
              key={spec.path}
              spec={spec}
              value={draft.values[spec.path]}
              error={faultAt(faults, spec.path)}
              names={names}
              language={language}
              onChange={(value) => onChange(spec.path, value)}
            />
          ))}
        </div>
      </details>
    );
  });
}

/** Paths into the sample, two levels deep. */
function listNames(sample: string): string[] {
  return Object.entries(parseObject(sample) ?? {}).flatMap(([name, value]) => [
    name,
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${name}.${inner}`)
      : []),
  ]);
}
