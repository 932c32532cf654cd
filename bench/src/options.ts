import { parseArgs } from 'node:util';

export interface BenchOptions {
  events: number;
  workers: number;
  backend: 'redis' | 'postgres';
  json: boolean;
}

/** The receiver keeps one byte for each event. */
const mostEvents = 10_000_000;
const mostWorkers = 16;

/** @throws Error naming the option that is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '20000' },
      workers: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'redis' },
      json: { type: 'boolean', default: false },
    },
  });
  const { backend } = values;
  if (backend !== 'redis' && backend !== 'postgres') throw new Error('--backend is redis or postgres');
  return {
    events: readCount('--events', values.events, mostEvents),
    workers: readCount('--workers', values.workers, mostWorkers),
    backend,
    json: values.json,
  };
}

function readCount(option: string, text: string, most: number): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new Error(`${option} is 1 to ${most}`);
  return count;
}
