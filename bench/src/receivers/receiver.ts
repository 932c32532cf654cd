import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { checkAnswers, findFreePort, type ProcessGroup } from '../processes.ts';

export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

export interface Behaviour {
  /** The wait before the answer. */
  delayMs: number;
  status: number;
}

/**
 * The expected events by group of hooks: numbered from `first` on (0 by default), each at every hook of the group (one by default).
 * Others that arrive count as repeats.
 */
export type Phase = Record<string, { events: number; first?: number; hooks?: number } & Partial<Behaviour>>;

/** The arrivals at a group since the phase began. */
export interface GroupReport {
  distinct: number;
  /** Arrivals of events that had arrived before. */
  repeats: number;
  /** The numbers of the first few events that have not arrived everywhere. */
  missing: number[];
  /** A time of the machine's monotonic clock. */
  lastAtMs: number;
  /** When each hundredth of the expected arrivals was there. */
  progressAtMs: number[];
  /** The time from `data.at` to the arrival of the whole request. */
  latencyMs: Latency;
}

export interface Receiver {
  pid: number;
  /** The group `main`, as this process reaches it. */
  localUrl: string;
  /** The URL for a hook of a group. */
  urlOf(group: string, hook?: number): string;
  /** Forgets everything, and expects a new phase. */
  expect(phase: Phase): Promise<void>;
  /**
   * Waits until every expected event of a group has arrived.
   *
   * @throws Error when nothing arrives for two minutes; it says what is missing.
   */
  waitFor(group: string): Promise<GroupReport>;
  /** The arrivals so far. */
  read(group: string): Promise<GroupReport>;
}

/** The group that scenarios with one kind of hook use. */
export const mainGroup = 'main';
const pollMs = 25;
/** Longer than any wait for a lease or a first retry. */
const longestSilenceMs = 120_000;

/** Starts a receiver in a process of its own. @param place where it listens, and how others reach it */
export async function startReceiver(
  group: ProcessGroup,
  signal: AbortSignal,
  place = { listen: '127.0.0.1', host: '127.0.0.1' },
): Promise<Receiver> {
  const port = await findFreePort();
  const controlPort = await findFreePort();
  const control = `http://127.0.0.1:${controlPort}/`;
  const pid = await group.start({
    name: 'receiver',
    file: process.execPath,
    args: [new URL('receiver-main.ts', import.meta.url).pathname, String(port), String(controlPort), place.listen],
    checkReady: () => checkAnswers(control),
  });
  let expected: Phase = {};
  const read = async (name: string): Promise<GroupReport> => {
    const { body } = await request(control);
    const reports = (await body.json()) as Record<string, GroupReport>; // Our own process answers this.
    const report = reports[name];
    if (report === undefined) throw new Error(`the receiver expects no group ${name}`);
    return report;
  };
  const local = place.listen === '0.0.0.0' ? '127.0.0.1' : place.listen;
  return {
    pid,
    localUrl: `http://${local}:${port}/${mainGroup}/0`,
    urlOf: (name, hook = 0) => `http://${place.host}:${port}/${name}/${hook}`,
    async expect(phase) {
      expected = phase;
      const { body } = await request(control, { method: 'POST', body: JSON.stringify(phase) });
      await body.dump();
    },
    read,
    async waitFor(name) {
      const { events = 0, hooks = 1 } = expected[name] ?? {};
      let distinct = 0;
      let arrivedAt = performance.now();
      for (;;) {
        const report = await read(name);
        if (report.distinct >= events * hooks) return report;
        const soFar = `${report.distinct} of ${events * hooks} arrived`;
        if (signal.aborted) throw new Error(`${signal.reason}: ${soFar}`);
        if (report.distinct > distinct) {
          distinct = report.distinct;
          arrivedAt = performance.now();
        }
        if (performance.now() - arrivedAt > longestSilenceMs)
          throw new Error(
            `${soFar}, and nothing more for ${longestSilenceMs / 1_000} s. Missing: ${report.missing.join(', ')} …`,
          );
        await delay(pollMs);
      }
    },
  };
}
