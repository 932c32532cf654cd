import type { GuestLimits } from './item-loop.ts';
import { cutText, stringifyJson } from './primordials.ts';

export interface LogBook {
  add(level: string, message: string): void;
  /** The lines since the last call as JSON text: `[["err","message"],…]`. */
  take(): string;
}

/** Keeps a run's log lines within bounds. Lines beyond them are counted, and the last line gives their number. */
export function createLogBook(limits: () => GuestLimits): LogBook {
  let text = '';
  let lines = 0;
  let chars = 0;
  let dropped = 0;
  return {
    add(level, message) {
      const room = limits().logChars - chars;
      if (lines >= limits().logLines || room <= 0) {
        dropped += 1;
        return;
      }
      const kept = cutText(message, room);
      text += `${lines === 0 ? '' : ','}["${level}",${stringifyJson(kept)}]`;
      lines += 1;
      chars += kept.length;
    },
    take() {
      const rest = dropped === 0 ? '' : `${lines === 0 ? '' : ','}["warn","${dropped} more log lines were dropped"]`;
      const taken = `[${text}${rest}]`;
      text = '';
      lines = chars = dropped = 0;
      return taken;
    },
  };
}
