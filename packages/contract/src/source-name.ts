import { BUILTIN_SOURCES } from './builtin-sources.ts';
import { EVENT_LIMITS, MAX_PAIR_BYTES, OWN_SOURCE } from './event-limits.ts';
import type { Fault } from './json.ts';

/** Letters, marks, digits, punctuation, symbols, spaces, and the two joiners that scripts and emojis are written with. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]+$/u;

/** The reasons why a source and an event cannot be added to a catalogue. URIs can. */
export function findSourceNameFaults({ source, event }: { source: string; event: string }): Fault[] {
  if (source === OWN_SOURCE) return [{ path: ['source'], message: "is the dispatcher's own" }];
  const faults: Fault[] = [];
  const message = `expected 1 to ${EVENT_LIMITS.nameLength} printable characters`;
  if (!isName(source)) faults.push({ path: ['source'], message });
  if (!isName(event)) faults.push({ path: ['event'], message });
  if (faults.length === 0 && Buffer.byteLength(source) + Buffer.byteLength(event) > MAX_PAIR_BYTES) {
    faults.push({ path: ['event'], message: `source and event have at most ${MAX_PAIR_BYTES} bytes together` });
  }
  if (BUILTIN_SOURCES.get(source)?.has(event)) {
    faults.push({ path: ['event'], message: 'a built-in event cannot be changed' });
  }
  return faults;
}

function isName(name: string): boolean {
  // A character is one or two units, so longer texts need no counting.
  return (
    name.length <= 2 * EVENT_LIMITS.nameLength && [...name].length <= EVENT_LIMITS.nameLength && printable.test(name)
  );
}
