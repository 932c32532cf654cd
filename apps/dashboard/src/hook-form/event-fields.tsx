import { type ReactNode, useId, useState } from 'react';
import type { FaultTree, Sources } from '../api/types.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import type { Draft } from './draft.ts';
import { placeOf } from './fault-summary.tsx';
import { faultAt } from './faults.ts';
import { type Choice, choiceOf, hearsName, patternsOf } from './heard-events.ts';
import { Labelled } from './labelled.tsx';

const CHOICES = {
  one: 'One event',
  several: 'Several events',
  every: 'Every event of the source',
} as const satisfies Record<Choice, string>;

interface EventProps {
  draft: Draft;
  sources: Sources;
  faults: FaultTree;
  onChoose: (source: string, event: string, events: string[] | undefined) => void;
}

/** Source and events, from the catalogue; then what else decides whether the hook hears of an event. */
export function EventSection({ children, ...props }: EventProps & { children: ReactNode }) {
  const { draft, sources, faults, onChoose } = props;
  const choice = choiceOf(draft);
  const choose = (next: Choice): void => {
    const [first = ''] = choice === 'several' ? patternsOf(draft) : [draft.event];
    const one = first === '' ? (Object.keys(sources[draft.source] ?? {})[0] ?? '') : first;
    onChoose(draft.source, next === 'one' ? one : '', next === 'several' ? [one] : undefined);
  };
  return (
    <section className="card">
      <div className="section-head">
        <h2>Which events</h2>
        <span className="small">
          <DocsLink page="who-hears">Names, patterns and filters</DocsLink>
        </span>
      </div>
      <div className="field-row">
        <div id={placeOf('source')}>
          <Labelled label="Source" error={faultAt(faults, 'source')} isRequired>
            {(ids) => (
              <select
                {...ids}
                value={draft.source}
                onChange={({ target }) => onChoose(target.value, '', choice === 'several' ? ['*'] : undefined)}
              >
                {Object.keys(sources).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Labelled>
        </div>
        <Labelled label="Hears">
          {(ids) => (
            <select {...ids} value={choice} onChange={({ target }) => choose(target.value as Choice)}>
              {Object.entries(CHOICES).map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </div>
      {choice === 'one' && <OneEvent {...props} />}
      {choice === 'several' && <SeveralEvents key={draft.source} {...props} />}
      {children}
    </section>
  );
}

function OneEvent({ draft, sources, faults, onChoose }: EventProps) {
  const list = useId();
  // An emptied field would be every event: it stays one until another is chosen.
  const [text, setText] = useState(draft.event);
  return (
    <div id={placeOf('event')}>
      <Labelled label="Event" error={faultAt(faults, 'event')}>
        {(ids) => (
          <>
            <input
              {...ids}
              list={list}
              spellCheck={false}
              value={text}
              onChange={({ target }) => {
                setText(target.value);
                if (target.value !== '') onChoose(draft.source, target.value, undefined);
              }}
              onBlur={() => setText(draft.event)}
            />
            <datalist id={list}>
              {Object.keys(sources[draft.source] ?? {}).map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Labelled>
    </div>
  );
}

const shownNames = 8;

function SeveralEvents({ draft, sources, faults, onChoose }: EventProps) {
  const [text, setText] = useState(() => patternsOf(draft).join(', '));
  const known = Object.keys(sources[draft.source] ?? {});
  const heard = known.filter((name) => hearsName(draft, name));
  const change = (next: string): void => {
    setText(next);
    const names = next.split(',').map((name) => name.trim());
    onChoose(
      draft.source,
      '',
      names.filter((name) => name !== ''),
    );
  };
  return (
    <div id={placeOf('events')} className="stack-tight">
      <Labelled
        label="Events"
        error={faultAt(faults, 'events')}
        description="Names, separated by commas. A * stands for any characters: user.*, *:delete."
      >
        {(ids) => (
          <div className="input-group">
            <input {...ids} spellCheck={false} value={text} onChange={({ target }) => change(target.value)} />
            <select
              className="narrow-select"
              aria-label="Add an event of the catalogue"
              value=""
              onChange={({ target }) => change([...patternsOf(draft), target.value].join(', '))}
            >
              <option value="">Add</option>
              {known.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </div>
        )}
      </Labelled>
      <p className="field-help" role="status">
        {heard.length === 0
          ? 'No event of the catalogue fits yet.'
          : `Of the catalogue: ${heard.slice(0, shownNames).join(', ')}${heard.length > shownNames ? ` and ${heard.length - shownNames} more` : ''}.`}
      </p>
    </div>
  );
}

/** The fields of an event, beside the templates that use them. */
export function FieldsOfEvent({
  source,
  event,
  entry,
  isTemplated,
}: {
  source: string;
  event: string;
  entry: Sources[string][string];
  /** Whether the hook's handler has templates. */
  isTemplated: boolean;
}) {
  return (
    <section className="card">
      <h2>
        {source}/{event}
      </h2>
      {entry.description !== undefined && <p className="muted">{entry.description}</p>}
      <p className="small muted">{isTemplated ? 'Templates can use these fields:' : 'The data have these fields:'}</p>
      <ul className="chips">
        {[...(isTemplated ? ['event', 'source'] : []), ...entry.fields].map((field) => (
          <li key={field}>
            <code>{isTemplated ? `{{ ${field} }}` : field}</code>
          </li>
        ))}
      </ul>
      {entry.unique !== undefined && entry.unique.length > 0 && (
        <p className="small muted">
          Snooze and “only when the data changed” compare these fields: {entry.unique.join(', ')}.
        </p>
      )}
    </section>
  );
}
