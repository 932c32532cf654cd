import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { uniquePrefix } from '../../../tests/support/index.ts';
import type { FiringDecision, FiringRequest, Suppression } from '../src/index.ts';
import { type Backend, backends } from './backends.ts';
import { SuppressionModel } from './model.ts';

type Settings = Pick<FiringRequest, 'snoozeSeconds' | 'onChange'>;

function requestsOf(hookKey: string, digests: readonly string[], settings: Settings): FiringRequest[] {
  return digests.map((digest) => ({ hookKey, eventId: randomUUID(), digest, ...settings }));
}

function fired(decisions: readonly FiringDecision[]): boolean[] {
  return decisions.map((decision) => decision.fires);
}

/** Decides one event per step, each at its time and in a batch of its own. Returns which of them fire. */
async function play(
  backend: Backend,
  settings: Settings,
  steps: readonly (readonly [digest: string, atSeconds: number])[],
): Promise<boolean[]> {
  const clock = { nowMs: 0 };
  const suppression = backend.connect(() => clock.nowMs);
  const hookKey = `${randomUUID()}:1`;
  const results: boolean[] = [];
  for (const [digest, atSeconds] of steps) {
    clock.nowMs = 1_800_000_000_000 + atSeconds * 1_000;
    const batchId = randomUUID();
    results.push(...fired(await suppression.decide(batchId, requestsOf(hookKey, [digest], settings))));
    await suppression.release(batchId);
  }
  return results;
}

describe.each(Object.keys(backends))('suppression on %s', (name) => {
  const prefix = uniquePrefix();
  let backend: Backend;
  let suppression: Suppression;

  beforeAll(async () => {
    backend = (await backends[name]?.(prefix)) ?? fail(name);
    suppression = backend.connect();
  });
  afterAll(() => backend.close());

  test('without snooze and on_change every event fires', async () => {
    for (const snoozeSeconds of [null, 0]) {
      const settings = { snoozeSeconds, onChange: false };
      const steps = [['A', 0] as const, ['A', 0] as const, ['A', 1] as const];
      expect(await play(backend, settings, steps)).toEqual([true, true, true]);
    }
  });

  test('with on_change: A fires, A not, B fires, B not, A fires', async () => {
    for (const snoozeSeconds of [null, 0]) {
      const digests = ['A', 'A', 'B', 'B', 'A'];
      const expected = [true, false, true, false, true];
      const settings = { snoozeSeconds, onChange: true };
      const steps = digests.map((digest, second) => [digest, second * 1_000] as const);
      expect(await play(backend, settings, steps)).toEqual(expected);
      const batch = requestsOf(`${randomUUID()}:1`, digests, settings);
      expect(fired(await suppression.decide(randomUUID(), batch))).toEqual(expected);
    }
  });

  test('with snooze: one firing in n seconds, whatever the data', async () => {
    const steps = [
      ['A', 0] as const,
      ['B', 0] as const,
      ['A', 59.999] as const,
      ['B', 60] as const,
      ['A', 61] as const,
    ];
    expect(await play(backend, { snoozeSeconds: 60, onChange: false }, steps)).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  test('with both: each digest once in n seconds', async () => {
    const steps: (readonly [string, number])[] = [
      ['A', 0],
      ['A', 10],
      ['B', 10],
      ['B', 20],
      ['A', 61],
      ['A', 61],
      ['A', 132],
    ];
    expect(await play(backend, { snoozeSeconds: 60, onChange: true }, steps)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  test('what does not fire says why and until when, and the next firing how many there were', async () => {
    const clock = { nowMs: 1_800_000_000_000 };
    const timed = backend.connect(() => clock.nowMs);
    const until = new Date(clock.nowMs + 60_000);
    const snoozed = requestsOf(`${randomUUID()}:1`, ['A', 'B', 'A'], { snoozeSeconds: 60, onChange: false });
    const changing = requestsOf(`${randomUUID()}:1`, ['A', 'A', 'A', 'B', 'B'], {
      snoozeSeconds: null,
      onChange: true,
    });
    const both = requestsOf(`${randomUUID()}:1`, ['A', 'A', 'B'], { snoozeSeconds: 60, onChange: true });
    expect(await timed.decide(randomUUID(), [...snoozed, ...changing, ...both])).toEqual([
      { fires: true, suppressedSince: 0 },
      { fires: false, reason: 'snooze', until },
      { fires: false, reason: 'snooze', until },
      { fires: true, suppressedSince: 0 },
      { fires: false, reason: 'on_change', until: null },
      { fires: false, reason: 'on_change', until: null },
      { fires: true, suppressedSince: 2 },
      { fires: false, reason: 'on_change', until: null },
      { fires: true, suppressedSince: 0 },
      { fires: false, reason: 'snooze', until },
      { fires: true, suppressedSince: 1 },
    ]);
    clock.nowMs += 60_000;
    const later = [snoozed, changing, both].flatMap(([first]) => (first ? [{ ...first, eventId: randomUUID() }] : []));
    expect(await timed.decide(randomUUID(), later)).toEqual([
      { fires: true, suppressedSince: 2 },
      { fires: true, suppressedSince: 1 },
      { fires: true, suppressedSince: 0 },
    ]);
  });

  test('a batch asked about again gets the same decisions, whoever asks, and new ones for what is new', async () => {
    const hookKey = `${randomUUID()}:1`;
    const batchId = randomUUID();
    const requests = requestsOf(hookKey, ['A', 'A', 'B', 'A'], { snoozeSeconds: 3_600, onChange: true });
    const decisions = await suppression.decide(batchId, requests.slice(0, 3));
    expect(fired(decisions)).toEqual([true, false, true]);
    const again = await backend.connect().decide(batchId, requests.toReversed());
    expect(again.toReversed().slice(0, 3)).toEqual(decisions);
    expect(again[0]?.fires).toBe(false);

    await suppression.release(batchId);
    expect(fired(await suppression.decide(batchId, requests))).toEqual([false, false, false, false]);
    const [first] = requests;
    if (first === undefined) throw new Error('No request');
    expect(
      fired(await suppression.decide(randomUUID(), [first, first, { ...first, hookKey: `${hookKey}:2` }])),
    ).toEqual([false, false, true]);
  });

  test('a clock that goes back prolongs no snooze beyond its length', async () => {
    const minute = 60;
    const steps: (readonly [string, number])[] = [
      ['A', 10 * minute],
      ['A', 0],
      ['A', minute - 1],
      ['A', minute],
    ];
    for (const onChange of [true, false]) {
      const settings = { snoozeSeconds: minute, onChange };
      expect(await play(backend, settings, steps)).toEqual([true, false, false, true]);
    }
  });

  test('many workers at once fire a snoozed hook once, and each digest of a hook with both once', async () => {
    const snoozed = `${randomUUID()}:1`;
    const both = `${randomUUID()}:1`;
    const decisions = Array.from({ length: 40 }, async (_, worker) => {
      const requests = [
        ...requestsOf(snoozed, ['A', 'B'], { snoozeSeconds: 3_600, onChange: false }),
        ...requestsOf(both, ['A', 'B', 'C'], { snoozeSeconds: 3_600, onChange: true }),
      ];
      // Every other worker meets the hooks in the opposite order.
      const decisions = await backend.connect().decide(randomUUID(), worker % 2 ? requests : requests.toReversed());
      return fired(worker % 2 ? decisions : decisions.toReversed());
    });
    const results = await Promise.all(decisions);
    const firings = [0, 1, 2, 3, 4].map((position) => results.filter((result) => result[position]).length);
    expect((firings[0] ?? 0) + (firings[1] ?? 0)).toBe(1);
    expect(firings.slice(2)).toEqual([1, 1, 1]);
  });

  test('suppressed firings are counted once each, also when many workers suppress them', async () => {
    const clock = { nowMs: 1_800_000_000_000 };
    const timed = backend.connect(() => clock.nowMs);
    const hookKey = `${randomUUID()}:1`;
    const settings = { snoozeSeconds: 60, onChange: false };
    await Promise.all(
      Array.from({ length: 20 }, () => timed.decide(randomUUID(), requestsOf(hookKey, ['A', 'A', 'A'], settings))),
    );
    clock.nowMs += 60_000;
    expect(await timed.decide(randomUUID(), requestsOf(hookKey, ['A'], settings))).toEqual([
      { fires: true, suppressedSince: 59 },
    ]);
  });

  test('thousands of requests in one call are decided like many small ones', async () => {
    const digests = Array.from({ length: 4_500 }, (_, index) => String(index % 1_500));
    const requests = requestsOf(`${randomUUID()}:1`, digests, { snoozeSeconds: 3_600, onChange: true });
    const decisions = await suppression.decide(randomUUID(), requests);
    expect(fired(decisions)).toEqual(digests.map((_, index) => index < 1_500));
    expect(await suppression.decide(randomUUID(), [])).toEqual([]);
  });

  test('any sequence of calls, re-runs, releases and times is decided as the contract says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const run = randomUUID();
        const clock = { nowMs: 1_800_000_000_000 };
        const tested = backend.connect(() => clock.nowMs);
        const model = new SuppressionModel();
        for (const { batch, events, advanceMs, release } of steps) {
          clock.nowMs += advanceMs;
          const batchId = `${run}-${batch}`;
          const requests = events.map(({ hook, event, digest }) => ({
            hookKey: `${run}:${hook}`,
            eventId: String(event),
            digest,
            ...hooks[hook],
          }));
          expect(await tested.decide(batchId, requests)).toEqual(model.decide(batchId, requests, clock.nowMs));
          if (release) {
            await tested.release(batchId);
            model.release(batchId);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const hooks = {
  plain: { snoozeSeconds: null, onChange: false },
  changing: { snoozeSeconds: null, onChange: true },
  snoozed: { snoozeSeconds: 60, onChange: false },
  both: { snoozeSeconds: 60, onChange: true },
  long: { snoozeSeconds: 31_536_000, onChange: true },
} satisfies Record<string, Settings>;

const step = fc.record({
  batch: fc.nat({ max: 2 }),
  events: fc.array(
    fc.record({
      hook: fc.constantFrom(...(['plain', 'changing', 'snoozed', 'both', 'long'] as const)),
      event: fc.nat({ max: 12 }),
      digest: fc.constantFrom('A', 'B', 'C'),
    }),
    { maxLength: 12 },
  ),
  advanceMs: fc.constantFrom(0, 1, 20_000, 59_999, 60_000, 60_001, 600_000),
  release: fc.boolean(),
});

function fail(name: string): never {
  throw new Error(`No backend ${name}`);
}
