import { createInterface } from 'node:readline';
import type { PrintedDelivery } from '@eventhooks/contract';
import { plain } from '../output.ts';
import type { Session } from '../session.ts';

interface Resending {
  /** The number under which a delivery is shown: the same one each time. */
  add(delivery: PrintedDelivery): number;
  /** Whether the user asked to end. */
  readonly hasEnded: boolean;
  close(): void;
}

/** Old numbers are forgotten beyond this many. */
const maxNumbers = 10_000;

/** Reads numbers of lines from standard input, and makes their deliveries due at once. `q` or the end of the input ends it. */
export function startResending({ api, output }: Session): Resending {
  const ids = new Map<number, string>();
  const numbers = new Map<string, number>();
  let last = 0;
  let hasEnded = false;
  const reader = createInterface({ input: process.stdin });
  const resend = async (text: string): Promise<void> => {
    const id = ids.get(Number(text));
    if (id === undefined)
      return output.note(`There is no line '${plain(text)}'. Type the number of a line, or q to end.`);
    const answer = await api.request('POST /deliveries/{id}/retry', { params: { id } });
    output.note(answer.ok ? `Resending ${text}: its outcome follows.` : answer.message);
  };
  reader.on('line', (line) => {
    const text = line.trim();
    if (text === 'q') hasEnded = true;
    else if (text !== '') void resend(text);
  });
  reader.on('close', () => {
    hasEnded = true;
  });
  // Ctrl-C belongs to the whole command.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return {
    add({ id }) {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      last += 1;
      numbers.set(id, last);
      ids.set(last, id);
      const oldest = ids.get(last - maxNumbers);
      if (oldest !== undefined) {
        ids.delete(last - maxNumbers);
        numbers.delete(oldest);
      }
      return last;
    },
    get hasEnded() {
      return hasEnded;
    },
    close: () => reader.close(),
  };
}
