import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { ApiFailure } from '../api/client.ts';
import { useApi, useSources } from '../api/queries.ts';
import type { EventRecord, FaultTree, Page, Sources } from '../api/types.ts';
import { sampleData } from '../screens/sample-data.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Loaded } from '../ui/states.tsx';
import { type Draft, JAVASCRIPT_START, LUA_START } from './draft.ts';
import { EventSection, FieldsOfEvent } from './event-fields.tsx';
import { faultAt } from './faults.ts';
import { HookField } from './field.tsx';
import { HINTS, ORDER, SECTIONS, type Section } from './hints.ts';
import { parseObject } from './parse-object.ts';
import { Preview } from './preview.tsx';
import { type FieldSpec, type OpenApi, readFields } from './schema.ts';
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
  const fields = useMemo(() => readFields(openApi, initial.handler), [openApi, initial.handler]);
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
          onChange={(path, value) => setDraft((before) => setValue(before, path, value))}
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
        {entry !== undefined && <FieldsOfEvent draft={draft} entry={entry} />}
        <Preview draft={draft} fields={fields} sample={sample} onSample={setEdited} />
      </aside>
    </form>
  );
}

/** The event of this name that was published last: the truest sample there is. */
function useLatestEvent({ source, event }: Draft): EventRecord | undefined {
  const query = new URLSearchParams({ source, size: '1', ...(event !== '' && { event }) });
  return useApi<Page<EventRecord>>(`/events?${query}`).data?.data[0];
}

function printSample({ source, event }: Draft, fields: readonly string[], latest: EventRecord | undefined): string {
  const isSame = latest?.source === source && (event === '' || latest.event === event);
  const data = isSame ? latest.data : sampleData(source, event === '' ? 'consumers' : event, fields);
  return JSON.stringify(data, null, 2);
}

function setValue(draft: Draft, path: string, value: unknown): Draft {
  const values = { ...draft.values, [path]: value };
  // A function that was not touched yet follows the language.
  const [first] = Array.isArray(draft.values['config.functions']) ? draft.values['config.functions'] : [];
  if (path === 'config.language' && (first === LUA_START || first === JAVASCRIPT_START)) {
    values['config.functions'] = [value === 'javascript' ? JAVASCRIPT_START : LUA_START];
  }
  return { ...draft, values };
}

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
  const bySection = Map.groupBy(fields.toSorted(byOrder), ({ path }) => HINTS[path]?.section ?? 'more');
  const language = draft.values['config.language'] === 'javascript' ? 'javascript' : 'lua';
  return Object.entries(SECTIONS).map(([section, title]) => {
    const own = bySection.get(section as Section) ?? [];
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

function byOrder(a: FieldSpec, b: FieldSpec): number {
  const place = ({ path }: FieldSpec): number => (ORDER.includes(path) ? ORDER.indexOf(path) : ORDER.length);
  return place(a) - place(b);
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
