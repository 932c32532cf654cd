import { setTimeout as sleep } from 'node:timers/promises';
import type { EventKind, Ledger } from './ledger.ts';
import type { Random } from './random.ts';

export interface PublisherReport {
  accepted: number;
  /** Requests answered with 503, all of them with Retry-After. */
  unavailable: number;
  /** Requests whose connection broke before an answer. */
  broken: number;
  /** Events of each request that was accepted, by its tag. */
  taken: Map<string, number>;
  /** Events of each request that was given up, by its tag: all of them may have been taken, or none. */
  givenUp: Map<string, number>;
  /** The longest time until an answer of any kind. */
  slowestAnswerMs: number;
  /** Answers that no outage explains: another status, or a 503 without Retry-After. */
  violations: string[];
}

export interface Publisher {
  report(): PublisherReport;
  stop(): Promise<void>;
}

const lanes = 3;
const pauseMs = 150;
const largestRequest = 20;
const answerDeadlineMs = 20_000;

/**
 * Publishes without a pause, as a client does that follows the documentation. Requests with publisher's ids are repeated until
 * they are accepted. Requests without ids are given up when they fail, because it is unknown whether they were accepted.
 */
export function startPublisher(name: string, adminUrl: () => string, ledger: Ledger, random: Random): Publisher {
  const report: PublisherReport = {
    accepted: 0,
    unavailable: 0,
    broken: 0,
    taken: new Map(),
    givenUp: new Map(),
    slowestAnswerMs: 0,
    violations: [],
  };
  let stopping = false;
  let requests = 0;

  const publish = async (lane: number): Promise<void> => {
    requests += 1;
    const tag = `${name}-${requests}`;
    const kind: EventKind = random.below(10) === 0 ? 'routes' : 'consumers';
    const withIds = random.below(2) === 0;
    const body = JSON.stringify(
      Array.from({ length: 1 + random.below(largestRequest) }, (_, n) => ({
        source: 'crud',
        event: kind,
        data: { tag, n, lane },
        ...(withIds && { id: `${tag}-${n}` }),
      })),
    );
    const events = JSON.parse(body).length;
    // Ends when accepted, also while stopping: a request with ids must not stay undecided.
    for (;;) {
      const answer = await post(adminUrl(), body, report);
      if (answer.kind === 'accepted') {
        for (const id of answer.ids) ledger.accept(id, kind, lane);
        report.accepted += events;
        report.taken.set(tag, events);
        return;
      }
      if (!withIds) {
        report.givenUp.set(tag, events);
        return;
      }
      await sleep(250);
    }
  };
  const runLane = async (lane: number): Promise<void> => {
    while (!stopping) {
      await publish(lane);
      await sleep(pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  return {
    report: () => report,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

type PostResult = { kind: 'accepted'; ids: string[] } | { kind: 'unavailable' } | { kind: 'broken' };

async function post(url: string, body: string, report: PublisherReport): Promise<PostResult> {
  const startedAt = performance.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(answerDeadlineMs),
    });
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      report.violations.push(`no answer to a publisher within ${answerDeadlineMs} ms`);
    }
    report.broken += 1;
    return { kind: 'broken' };
  }
  report.slowestAnswerMs = Math.max(report.slowestAnswerMs, performance.now() - startedAt);
  if (response.status === 202 || response.status === 200) {
    const { data } = JSON.parse(text) as { data: { id: string }[] };
    return { kind: 'accepted', ids: data.map(({ id }) => id) };
  }
  if (response.status !== 503) report.violations.push(`a publisher was answered ${response.status}: ${text}`);
  else if (response.headers.get('retry-after') === null) report.violations.push('a 503 without Retry-After');
  report.unavailable += 1;
  return { kind: 'unavailable' };
}
