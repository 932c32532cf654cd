import type { PrintedSources } from '@eventhooks/contract';
import { CommandFailure, EXIT } from '../exit-codes.ts';

/** The events to listen to: of a source, one by its name, or all. */
export interface ListenFilter {
  source: string;
  event: string | null;
}

/** The most hooks per listener, which makes one per filter. */
const maxHooks = 100;

/**
 * Reads the operands of `listen`: nothing for all sources, `source [events…]`, or any number of `source/event` and `source/*`. A name with a
 * slash that is a source of the catalogue is that source.
 */
export function readFilters(data: PrintedSources, operands: readonly string[]): ListenFilter[] {
  const [first, ...events] = operands;
  const filters =
    first === undefined
      ? allSources(data)
      : first in data || !first.includes('/')
        ? toEvents(first, events)
        : operands.map((operand) => splitFilter(operand, data));
  if (filters.length <= maxHooks) return filters;
  throw new CommandFailure(
    EXIT.usage,
    `That would take ${filters.length} hooks, and ${maxHooks} is the most. Name a source: eventhooks listen <source> [events...]`,
  );
}

/** All sources but `dao:crud`, which repeats `crud`. `crud` comes last, so that it hears little of the creation of the others. */
function allSources(data: PrintedSources): ListenFilter[] {
  const sources = Object.keys(data).filter((source) => source !== 'dao:crud' && source !== 'crud');
  return [...sources, 'crud'].map((source) => ({ source, event: null }));
}

function toEvents(source: string, events: readonly string[]): ListenFilter[] {
  return events.length === 0 ? [{ source, event: null }] : events.map((event) => ({ source, event }));
}

/** `shop/order`: the slash before which a known source ends; else the first one, so that the server names the nearest source. */
function splitFilter(text: string, data: PrintedSources): ListenFilter {
  if (text in data) return { source: text, event: null };
  const slashes = [...text.matchAll(/\//g)].map(({ index }) => index);
  const [first] = slashes;
  if (first === undefined) return { source: text, event: null };
  const slash = slashes.findLast((index) => text.slice(0, index) in data) ?? first;
  const event = text.slice(slash + 1);
  return { source: text.slice(0, slash), event: event === '*' || event === '' ? null : event };
}
