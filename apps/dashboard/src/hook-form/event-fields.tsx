import { useId } from 'react';
import type { FaultTree, Sources } from '../api/types.ts';
import type { Draft } from './draft.ts';
import { placeOf } from './fault-summary.tsx';
import { faultAt } from './faults.ts';
import { Labelled } from './labelled.tsx';

/** Source and event, from the catalogue. */
export function EventSection({
  draft,
  sources,
  faults,
  onChoose,
}: {
  draft: Draft;
  sources: Sources;
  faults: FaultTree;
  onChoose: (source: string, event: string) => void;
}) {
  const list = useId();
  const events = Object.keys(sources[draft.source] ?? {});
  return (
    <section className="card">
      <h2>Which events</h2>
      <div className="field-row">
        <div id={placeOf('source')}>
          <Labelled label="Source" error={faultAt(faults, 'source')} isRequired>
            {(ids) => (
              <select {...ids} value={draft.source} onChange={({ target }) => onChoose(target.value, '')}>
                {Object.keys(sources).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Labelled>
        </div>
        <div id={placeOf('event')}>
          <Labelled label="Event" error={faultAt(faults, 'event')} description="Empty: every event of the source.">
            {(ids) => (
              <>
                <input
                  {...ids}
                  list={list}
                  placeholder="every event"
                  spellCheck={false}
                  value={draft.event}
                  onChange={({ target }) => onChoose(draft.source, target.value)}
                />
                <datalist id={list}>
                  {events.map((name) => (
                    <option key={name} value={name} />
                  ))}
                </datalist>
              </>
            )}
          </Labelled>
        </div>
      </div>
    </section>
  );
}

/** The fields of an event, beside the templates that use them. */
export function FieldsOfEvent({
  draft: { source, event },
  entry,
  isTemplated,
}: {
  draft: Pick<Draft, 'source' | 'event'>;
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
      <p className="small muted">{isTemplated ? 'Templates can use these, and what is in them:' : 'The data carry:'}</p>
      <ul className="chips">
        {[...(isTemplated ? ['event', 'source'] : []), ...entry.fields].map((field) => (
          <li key={field}>
            <code>{isTemplated ? `{{ ${field} }}` : field}</code>
          </li>
        ))}
      </ul>
      {entry.unique !== undefined && entry.unique.length > 0 && (
        <p className="small muted">
          For snooze and on_change two events are the same when these are: {entry.unique.join(', ')}.
        </p>
      )}
    </section>
  );
}
