import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import type { SearchPage } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { fromLocalInput, toLocalInput } from '../ui/local-time.ts';
import { Empty } from '../ui/states.tsx';
import { At } from '../ui/time.tsx';
import { Choice } from './choice.tsx';
import { TIME_SPANS } from './search.ts';

/** Finds by an id, words, or a value in the event's data; Enter begins. */
export function FindBox({ value, onFind }: { value: string | undefined; onFind: (q: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const id = useId();
  return (
    <form
      className="find"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(text.trim() === '' ? undefined : text.trim());
      }}
    >
      <input
        type="search"
        aria-label="Find"
        aria-describedby={id}
        placeholder="Find an id, words, or entity.username=ada"
        maxLength={256}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          // The browser's cross in the field empties it.
          if (target.value === '') onFind(undefined);
        }}
      />
      <Button type="submit">Find</Button>
      <span id={id} className="visually-hidden">
        Any id, webhook-id, hook name, URL, words of the response or of the event’s data, or a path and its value.
      </span>
    </form>
  );
}

/** A time of publishing: a usual span up to now, or two ends. */
export interface Range {
  within?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

const custom = 'custom';

/** The time of publishing: a usual span up to now, or one's own. */
export function RangeChoice({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const isSet = range.since !== undefined || range.until !== undefined;
  const [isCustom, setCustom] = useState(isSet);
  const shown = isCustom || isSet;
  return (
    <>
      <Choice
        label="Published"
        value={shown ? custom : range.within}
        onChange={(next) => {
          setCustom(next === custom);
          onChange({ within: next === custom ? undefined : next, since: undefined, until: undefined });
        }}
      >
        {Object.entries(TIME_SPANS).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
        <option value={custom}>Between two times</option>
      </Choice>
      {shown && (
        <>
          <TimeInput
            label="From"
            value={range.since}
            onChange={(since) => onChange({ within: undefined, since, until: range.until })}
          />
          <TimeInput
            label="Until"
            value={range.until}
            onChange={(until) => onChange({ within: undefined, since: range.since, until })}
          />
        </>
      )}
    </>
  );
}

/** A moment in the browser's zone; the value is ISO 8601 in UTC. */
function TimeInput({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const id = useId();
  return (
    <div className="choice choice-time">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        step={1}
        value={value === undefined ? '' : toLocalInput(value)}
        onChange={({ target }) => onChange(fromLocalInput(target.value))}
      />
    </div>
  );
}

/**
 * Stands where a search found nothing yet: it looks further back by itself, a quarter of a second at a time, until something
 * is found, the end is reached, or somebody stops it.
 */
export function LookFurther({ page }: { page: SearchPage<unknown> }) {
  const navigate = useNavigate();
  const [isStopped, setStopped] = useState(false);
  const { offset, looked_at_to } = page;
  useEffect(() => {
    if (isStopped || offset === undefined) return;
    void navigate({ to: '.', search: (search: Record<string, unknown>) => ({ ...search, offset }), replace: true });
  }, [isStopped, offset, navigate]);
  return (
    <Empty
      title={isStopped ? 'Nothing found so far' : 'Looking further back'}
      action={<Button onClick={() => setStopped(!isStopped)}>{isStopped ? 'Look further back' : 'Stop'}</Button>}
    >
      {looked_at_to !== undefined && (
        <>
          Everything since <At at={looked_at_to} /> was looked at.
        </>
      )}
    </Empty>
  );
}
