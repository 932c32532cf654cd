import { compilePattern } from '@eventhooks/contract/event-pattern';
import type { EventRecord, Sources } from '../api/types.ts';
import type { Draft } from './draft.ts';

/** The events that a draft names: one, several by names and patterns, or all of its source. */
export type Choice = 'one' | 'several' | 'every';

export function choiceOf({ event, values }: Draft): Choice {
  if (values.events !== undefined) return 'several';
  return event === '' ? 'every' : 'one';
}

/** The names and patterns of a draft that names several events. */
export function patternsOf({ values: { events } }: Draft): string[] {
  return Array.isArray(events) ? events.filter((name) => typeof name === 'string') : [];
}

/** Whether a draft hears of an event of its source, by the event's name. */
export function hearsName(draft: Draft, name: string): boolean {
  if (choiceOf(draft) === 'several') return patternsOf(draft).some((pattern) => compilePattern(pattern)(name));
  return draft.event === '' || draft.event === name;
}

/** The event of the sample: the one that the hook names, the last one that it would have heard of, or one of the catalogue. */
export function sampleEventOf(draft: Draft, sources: Sources, latest: EventRecord | undefined): string {
  if (draft.event !== '') return draft.event;
  if (latest?.source === draft.source && hearsName(draft, latest.event)) return latest.event;
  const known = Object.keys(sources[draft.source] ?? {});
  return known.find((name) => hearsName(draft, name)) ?? known[0] ?? 'test';
}
