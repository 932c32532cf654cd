import { exceedsBytes, nowMs, stringifyJson } from './primordials.ts';
import { ITEM_SLOT, STATE, STATE_SLOT } from './progress.ts';

/** A call of `run` hands back what it has after this long or this much, so that little is lost when a later item overruns. */
const SLICE_MS = 20;
const SLICE_CHARS = 1024 * 1024;

export interface GuestLimits {
  outputBytes: number;
  logLines: number;
  logChars: number;
  errorChars: number;
}

/** JSON text of one item's outcome; null while it waits for a promise. */
export type ItemResult = string | null;

export interface ItemRunner {
  start(data: string, event: string, source: string): ItemResult;
  /** The outcome of the item that `start` left open; called after the microtasks have run. */
  settle?(): string;
  /** Whether the last item left the context unusable. */
  isSpoiled?(): boolean;
}

/**
 * Runs a batch in slices: called first with the items (data, event and source in turn), then with null until `STATE_SLOT`
 * says otherwise. Each call returns a JSON array of the outcomes it came to.
 *
 * Text is joined by concatenation: arrays would go through prototypes that user code may have changed.
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
      progress[ITEM_SLOT] = next;
      const outcome: ItemResult = isOpen
        ? (runner.settle?.() ?? null)
        : runner.start(items[next * 3] ?? '', items[next * 3 + 1] ?? '', items[next * 3 + 2] ?? '');
      isOpen = outcome === null;
      progress[STATE_SLOT] = STATE.more;
      if (outcome === null) return `[${text}]`;
      text += (text === '' ? '' : ',') + capOutcome(outcome, limits);
      next += 1;
      if (runner.isSpoiled?.() === true) {
        progress[STATE_SLOT] = next * 3 < items.length ? STATE.spoiled : STATE.finished;
        return `[${text}]`;
      }
      if (text.length > SLICE_CHARS || nowMs() - startedAt > SLICE_MS) break;
    }
    progress[STATE_SLOT] = next * 3 < items.length ? STATE.more : STATE.finished;
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
