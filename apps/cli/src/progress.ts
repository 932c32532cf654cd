import { formatNumber } from './output.ts';

/** A progress bar on standard error; nothing if that is not a terminal. */
export interface Progress {
  /** `detail` is shown where there is no total. */
  update(done: number, total: number | null, detail?: string): void;
  /** Removes the bar. */
  end(): void;
}

const WIDTH = 30;
const REDRAW_MS = 100;

export function startProgress(label: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined };
  let drawnAt = 0;
  return {
    update(done, total, detail) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && done !== total) return;
      drawnAt = now;
      stream.write(`\r\u001b[2K${formatBar(label, done, total, detail)}`);
    },
    end: () => void stream.write('\r\u001b[2K'),
  };
}

export function formatBar(label: string, done: number, total: number | null, detail = ''): string {
  if (total === null) return `${label}  ${formatNumber(done)}  ${detail}`.trimEnd();
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `${label}  ${bar}  ${formatNumber(done)}/${formatNumber(total)}  ${Math.floor(share * 100)} %`;
}
