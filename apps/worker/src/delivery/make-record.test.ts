import type { StoredHook } from '@eventhooks/database';
import type { Delivery } from './delivery.ts';
import { makeAttemptRecord } from './make-record.ts';
import { type AttemptOutcome, endpointStateOf } from './outcome.ts';

const hook: StoredHook = {
  id: '019a0000-0000-7000-8000-000000000001',
  workspace: 'default',
  source: 'crud',
  event: null,
  handler: 'log',
  config: {},
  events: null,
  filter: null,
  paused: null,
  expires_at: null,
  snooze: null,
  snooze_edge: null,
  batch: null,
  on_change: null,
  enabled: true,
  name: null,
  tags: [],
  retry: null,
  timeout: null,
  rate_limit: null,
  max_in_flight: null,
  redact: [],
  explicit: [],
  old_secrets: [],
  unreadable: [],
  created_at: 0,
  updated_at: 0,
  revision: '1',
  draining: false,
  order_by: null,
  on_exhausted: null,
  order_generation: 0,
};

function delivery(over: Partial<Delivery> = {}): Delivery {
  return {
    id: '019a0000-0000-7000-8000-000000000002',
    eventId: '019a0000-0000-7000-8000-000000000003',
    workspace: 'default',
    data: '{}',
    traceparent: null,
    hook,
    name: { source: 'crud', event: 'consumers' },
    attemptCount: 0,
    scheduleStep: 0,
    suppressedSince: null,
    order: null,
    ...over,
  };
}

const facts = { startedAtMs: 0, durationMs: 3, request: null, response: null, responseStatus: null };
const failed = (kind: 'http_5xx' | 'gone' | 'http_429', retryAfterMs: number | null = null): AttemptOutcome => ({
  ...facts,
  ok: false,
  kind,
  message: 'no',
  retryAfterMs,
});

test('a success ends the delivery', () => {
  expect(makeAttemptRecord(delivery(), { ...facts, ok: true }, [5_000])).toMatchObject({
    status: 'succeeded',
    attemptCount: 1,
    laneKey: null,
    nextAttemptInMs: null,
  });
});

test('a failure waits for its step of the schedule, and the last one exhausts the delivery', () => {
  const first = makeAttemptRecord(delivery(), failed('http_5xx'), [10_000]);
  expect(first).toMatchObject({ status: 'waiting', errorCode: 'http_5xx', scheduleStep: 1 });
  expect(first.nextAttemptInMs).toBeGreaterThanOrEqual(9_000);
  expect(first.nextAttemptInMs).toBeLessThanOrEqual(11_000);
  const last = makeAttemptRecord(delivery({ attemptCount: 1, scheduleStep: 1 }), failed('http_5xx'), [10_000]);
  expect(last).toMatchObject({ status: 'exhausted', attemptCount: 2, nextAttemptInMs: null });
});

test("the hook's own schedule comes before the installation's", () => {
  const own = delivery({ hook: { ...hook, retry: { schedule: [] } } });
  expect(makeAttemptRecord(own, failed('http_5xx'), [10_000]).status).toBe('exhausted');
});

test('a receiver that is gone is not asked again, and one that asks for time gets it', () => {
  expect(makeAttemptRecord(delivery(), failed('gone'), [10_000]).status).toBe('exhausted');
  expect(makeAttemptRecord(delivery(), failed('http_429', 60_000), [10_000]).nextAttemptInMs).toBe(60_000);
});

test('a manual retry counts attempts on and begins the schedule anew', () => {
  const record = makeAttemptRecord(delivery({ attemptCount: 7, scheduleStep: 0 }), failed('http_5xx'), [10_000]);
  expect(record).toMatchObject({ status: 'waiting', attemptCount: 8, scheduleStep: 1 });
});

test("only the endpoint's own faults say that it is down, and any answer but those that it is up", () => {
  expect(endpointStateOf({ ...facts, ok: true })).toBe('up');
  expect(endpointStateOf(failed('http_5xx'))).toBe('down');
  expect(endpointStateOf(failed('http_429'))).toBe('down');
  expect(endpointStateOf({ ...failed('gone'), responseStatus: 410 })).toBe('up');
  expect(endpointStateOf(failed('gone'))).toBe('unknown');
});
