import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { ApiFailure } from '../api/client.ts';
import { useApi, useSources } from '../api/queries.ts';
import type { EventRecord, FaultTree, Page, Sources } from '../api/types.ts';
import { sampleData } from '../screens/sample-data.ts';
import { Button } from '../ui/button.tsx';
import { Loaded } from '../ui/states.tsx';
import type { Draft } from './draft.ts';
import { EventSection, FieldsOfEvent } from './event-fields.tsx';
import { FaultSummary, focusField, listFaulty } from './fault-summary.tsx';
import { withoutFaults } from './faults.ts';
import { FilterVerdicts, useFilterPreview } from './filter-preview.tsx';
import { sampleEventOf } from './heard-events.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { parseObject } from './parse-object.ts';
import { Preview } from './preview.tsx';
import { type FieldSpec, findHandler, type OpenApi } from './schema.ts';
import { languageOf, SectionFields, Sections } from './sections.tsx';
import { TemplatePicker } from './template-picker.tsx';
import { useOpenApi } from './use-open-api.ts';

export interface HookFormProps {
  initial: Draft;
  submitLabel: string;
  /** A new hook may start from a hook template, or from this one. */
  isNew?: boolean;
  template?: string | undefined;
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
  isNew = false,
  template,
  openApi,
  sources,
}: HookFormProps & { openApi: OpenApi; sources: Sources }) {
  const [draft, setDraft] = useState(initial);
  const [edited, setEdited] = useState<string>();
  // Editors keep a text of their own, so what is filled in needs new ones.
  const [fillings, setFillings] = useState(0);
  const latest = useLatestEvent(draft);
  const event = sampleEventOf(draft, sources, latest);
  const entry = sources[draft.source]?.[event];
  const sample = edited ?? printSample(draft.source, event, entry, latest);
  const filter = useFilterPreview(draft, event, sample);
  const handler = useMemo(() => findHandler(openApi, initial.handler), [openApi, initial.handler]);
  const { fields } = handler;
  const { save, faults, noteChange, hasEdits } = useSave({ initial, draft, fields, onSubmit });
  const choose = (source: string, name: string, events: string[] | undefined): void => {
    setDraft((before) => ({ ...before, source, event: name, values: { ...before.values, events } }));
    setEdited(undefined);
    noteChange('source', 'event', 'events');
  };
  const names = [...new Set(['event', 'source', ...(entry?.fields ?? []), ...listNames(sample)])];
  const change = (path: string, value: unknown): void => {
    setDraft((before) => setValue(before, fields, path, value));
    noteChange(path);
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
      <LeaveGuard hasEdits={hasEdits} />
      <div className="stack">
        <EventSection draft={draft} sources={sources} faults={faults} onChoose={choose}>
          <SectionFields
            section="hearing"
            fields={fields}
            draft={draft}
            faults={filter.fault === undefined ? faults : { ...faults, filter: filter.fault }}
            names={names}
            onChange={change}
          />
          {filter.preview !== undefined && <FilterVerdicts preview={filter.preview} />}
        </EventSection>
        {isNew && initial.handler === 'webhook-custom' && (
          <TemplatePicker
            draft={draft}
            fields={entry?.fields ?? []}
            chosen={template}
            onFill={(values) => {
              setDraft((before) => ({ ...before, values: { ...before.values, ...values } }));
              setFillings((count) => count + 1);
              noteChange(...Object.keys(values));
            }}
          />
        )}
        <Sections key={fillings} fields={fields} draft={draft} faults={faults} names={names} onChange={change} />
        {save.isError && <FaultSummary message={save.error.message} faults={faults} fields={fields} />}
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
            source={draft.source}
            event={event}
            entry={entry}
            isTemplated={fields.some(({ form }) => form?.editor === 'template')}
          />
        )}
        <Preview draft={draft} handler={handler} event={event} sample={sample} onSample={setEdited} />
      </aside>
    </form>
  );
}

/** Saves the draft. A fault is shown until its field is changed. */
function useSave({
  initial,
  draft,
  fields,
  onSubmit,
}: Pick<HookFormProps, 'initial' | 'onSubmit'> & { draft: Draft; fields: FieldSpec[] }) {
  const [changed, setChanged] = useState<readonly string[]>([]);
  const isSaved = useRef(false);
  const save = useMutation({
    mutationFn: () => {
      setChanged([]);
      isSaved.current = true;
      return onSubmit(draft, fields);
    },
    onError: () => {
      isSaved.current = false;
    },
  });
  const { error } = save;
  useEffect(() => {
    const [first] = error instanceof ApiFailure ? listFaulty(error.fields, fields) : [];
    if (first !== undefined) focusField(first.path);
  }, [error, fields]);
  const faults: FaultTree = error instanceof ApiFailure ? withoutFaults(error.fields, changed) : {};
  return {
    save,
    faults,
    noteChange: (...paths: string[]) => setChanged((before) => [...before, ...paths]),
    hasEdits: () => !isSaved.current && JSON.stringify(draft) !== JSON.stringify(initial),
  };
}

/** The last published event of this name: the most realistic sample. */
function useLatestEvent({ source, event }: Draft): EventRecord | undefined {
  const query = new URLSearchParams({ source, size: '1', ...(event !== '' && { event }) });
  return useApi<Page<EventRecord>>(`/events?${query}`).data?.data[0];
}

function printSample(
  source: string,
  event: string,
  entry: Sources[string][string] | undefined,
  latest: EventRecord | undefined,
): string {
  const isSame = latest?.source === source && latest.event === event;
  return JSON.stringify(isSame ? latest.data : sampleData(source, event, entry), null, 2);
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

/** Paths into the sample, two levels deep. */
function listNames(sample: string): string[] {
  return Object.entries(parseObject(sample) ?? {}).flatMap(([name, value]) => [
    name,
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${name}.${inner}`)
      : []),
  ]);
}
