import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiFailure, api } from '../api/client.ts';
import type { FilterPreview, RenderResult } from '../api/types.ts';
import { formatCount } from '../ui/count.ts';
import { Pill } from '../ui/status.tsx';
import { At } from '../ui/time.tsx';
import type { Draft } from './draft.ts';
import { choiceOf, patternsOf } from './heard-events.ts';
import { parseObject } from './parse-object.ts';
import { useDebounced } from './use-debounced.ts';

/** A filter does not depend on the handler, so it is tried with a webhook to nowhere, whatever else the form still lacks. */
const standIn = { handler: 'webhook', config: { url: 'https://example.com/' } };

/** Shows the API's verdict on the draft's filter. Its fault is shown while it is typed, before anything is saved. */
export function useFilterPreview(draft: Draft, event: string, sample: string) {
  const { filter } = draft.values;
  const data = parseObject(sample);
  const choice = choiceOf(draft);
  const events = choice === 'every' ? ['*'] : choice === 'several' ? patternsOf(draft) : undefined;
  const request = useDebounced(JSON.stringify({ ...standIn, source: draft.source, event, events, filter, data }));
  const { data: result, error } = useQuery({
    queryKey: ['render', request],
    queryFn: () => api<RenderResult>('POST', '/event-hooks/render', JSON.parse(request)),
    enabled: typeof filter === 'string' && filter !== '' && data !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const isOn = typeof filter === 'string' && filter !== '';
  const fault = isOn && error instanceof ApiFailure ? error.fields.filter : undefined;
  return {
    fault: typeof fault === 'string' ? fault : undefined,
    preview: isOn && error === null ? result?.filter : undefined,
  };
}

type Verdict = FilterPreview['verdict'];

const VERDICTS = {
  passes: { label: 'Passes', tone: 'ok' },
  filtered: { label: 'Filtered out', tone: 'calm' },
  error: { label: 'Error', tone: 'bad' },
} as const satisfies Record<Verdict, { label: string; tone: string }>;

/** Whether the filter lets the sample and the last events through. */
export function FilterVerdicts({ preview }: { preview: FilterPreview }) {
  const { verdict, message, recent, latest } = preview;
  return (
    <div className="filter-verdicts" role="status" aria-label="What the filter lets through">
      <p>
        <VerdictPill verdict={verdict} /> the sample data
        {message !== null && <span className="field-error">: {message}</span>}
      </p>
      <p className="number">
        {recent.events === 0
          ? 'No event that the hook would hear of has been published yet.'
          : `${formatCount(recent.passing)} of the last ${formatCount(recent.events)} events that it hears of by name would pass.`}
      </p>
      {latest.length > 0 && (
        <ul>
          {latest.map(({ id, event, verdict: own, created_at }) => (
            <li key={id}>
              <VerdictPill verdict={own} /> <span className="wrap">{event}</span>{' '}
              <span className="muted small">
                <At at={created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function VerdictPill({ verdict }: { verdict: Verdict }) {
  const { label, tone } = VERDICTS[verdict];
  return <Pill tone={tone}>{label}</Pill>;
}
