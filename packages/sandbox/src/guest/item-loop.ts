import { exceedsBytes, nowMs, stringifyJson } from './primordials.ts';
import { PROGRESS, STATE } from './progress.ts';

/** A slice ends after this long or this much text, so that few outcomes are lost when a later item overruns. */
const sliceMs = 20;
const sliceChars = 1024 * 1024;

export interface GuestLimits {
  outputBytes: number;
  logLines: number;
  logChars: number;
  errorChars: number;
}

/** JSON text of one item's outcome, or null while it waits for a promise. */
export type ItemResult = string | null;

export interface ItemRunner {
  start(data: string, event: string, source: string): ItemResult;
  /** The outcome of the item that `start` left open. Called after the microtasks have run. */
  settle?(): string;
  /** Whether the last item left the context unusable. */
  isSpoiled?(): boolean;
}

/**
 * Runs a task's items in slices. The first call gets all items as a flat list (data, event, source, data, …), later calls
 * get null, until `PROGRESS.state` is not `more`. Each call returns a JSON array of the outcomes that it came to.
 *
 * Made before any user code runs in the context, so that `progress` is seen by nothing but this loop. Text is joined by
 * concatenation, because arrays would go through prototypes that user code may have changed.
 */
export function createItemLoop(limits: GuestLimits, progress: Int32Array, runner: ItemRunner) {
  let items: string[] = [];
  let next = 0;
  let isOpen = false;
  return function runSlice(batch: string[] | null): string {
    if (batch !== null) items = batch;
    const startedAt = nowMs();
    let text = '';
    while (next * 3 < items.length) {
      progress[PROGRESS.item] = next;
      const outcome: ItemResult = isOpen
        ? (runner.settle?.() ?? null)
        : runner.start(items[next * 3] ?? '', items[next * 3 + 1] ?? '', items[next * 3 + 2] ?? '');
      isOpen = outcome === null;
      progress[PROGRESS.state] = STATE.more;
      if (outcome === null) return `[${text}]`;
      text += (text === '' ? '' : ',') + capOutcome(outcome, limits);
      next += 1;
      if (runner.isSpoiled?.() === true) {
        progress[PROGRESS.state] = next * 3 < items.length ? STATE.spoiled : STATE.finished;
        return `[${text}]`;
      }
      if (text.length > sliceChars || nowMs() - startedAt > sliceMs) break;
    }
    progress[PROGRESS.state] = next * 3 < items.length ? STATE.more : STATE.finished;
    return `[${text}]`;
  };
}

function capOutcome(outcome: string, limits: GuestLimits): string {
  if (!exceedsBytes(outcome, limits.outputBytes)) return outcome;
  return failureText('output', `the result exceeds ${limits.outputBytes} bytes`);
}

/** `details` is JSON text of further members, with a leading comma. */
export function failureText(kind: string, message: string, details = ''): string {
  return `{"ok":false,"kind":"${kind}","message":${stringifyJson(message)}${details}}`;
}
