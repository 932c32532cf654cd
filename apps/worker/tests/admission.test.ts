import { type Receiver, startReceiver, uniquePrefix, waitFor } from '../../../tests/support/index.ts';
import type { Admitted, DeliverySource, Grant, Permit } from '../src/admission/grant.ts';
import { waitMs } from '../src/admission/grant.ts';
import type { AttemptOutcome } from '../src/delivery/outcome.ts';
import { openTestWorker, type TestWorker } from './test-worker.ts';

const prefix = uniquePrefix();
let worker: TestWorker;
let nowMs = 1_000_000;
const nobody = () => undefined;

beforeAll(async () => {
  worker = await openTestWorker(prefix, {}, () => nowMs);
});
afterAll(async () => {
  await worker.close();
});

const facts = { startedAtMs: 0, durationMs: 3, request: null, response: null, responseStatus: null };
const up: AttemptOutcome = { ...facts, ok: true };
const down = (retryAfterMs: number | null = null): AttemptOutcome => ({
  ...facts,
  ok: false,
  kind: 'http_5xx',
  message: 'no',
  retryAfterMs,
});

async function admit(hookId: string, wanted: number, source: DeliverySource): Promise<Admitted> {
  const { admission, hooks } = worker.context;
  const [admitted] = await admission.admit([{ hookId, hook: hooks.find(hookId), wanted }], source);
  if (!admitted) throw new Error('no answer');
  return admitted;
}
async function grantOf(hookId: string, wanted: number, source: DeliverySource = 'event'): Promise<Grant> {
  const { grant } = await admit(hookId, wanted, source);
  if (!grant) throw new Error('nothing was granted');
  return grant;
}
async function take(grant: Grant): Promise<Permit> {
  const permit = await worker.context.admission.takePermit(grant, nobody);
  if (!permit.ok) throw new Error(permit.reason);
  return permit;
}
async function attempt(hookId: string, outcome: AttemptOutcome, source: DeliverySource = 'event'): Promise<void> {
  worker.context.admission.endAttempt(await take(await grantOf(hookId, 1, source)), outcome);
}
const breakerOf = async (hookId: string) => {
  const [row] = await worker.query<{ probing: boolean; failed_probes: number; probe_in_ms: number }>(
    `SELECT probing, failed_probes, extract(epoch FROM probe_at - now())::float8 * 1000 AS probe_in_ms
     FROM hook_breakers WHERE hook_id = $1`,
    [hookId],
  );
  return row;
};
/** Fails often and long enough for the hook's breaker to open. */
async function trip(hookId: string, outcome = down()): Promise<void> {
  while (!worker.context.breakers.isOpen(hookId)) {
    await attempt(hookId, outcome);
    nowMs += 500;
  }
  await waitFor(() => breakerOf(hookId));
}
const letProbe = (hookId: string) =>
  worker.query('UPDATE hook_breakers SET probe_at = now(), probing = false WHERE hook_id = $1', [hookId]);

describe('admission', () => {
  test('grants all that is wanted where nothing holds it back', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    expect(await admit(hook, 5, 'event')).toMatchObject({ grant: { size: 5, pace: null, probe: null }, waits: [] });
    expect(await admit(hook, 5, 'backlog')).toMatchObject({ grant: { size: 5, pace: null, probe: null }, waits: [] });
  });

  test('hook_disabled: grants nothing of a hook that is disabled or unknown', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/', { enabled: false });
    const refused = { grant: null, waits: [{ reason: 'hook_disabled', count: 5 }] };
    expect(await admit(hook, 5, 'backlog')).toMatchObject(refused);
    expect(await admit('019a0000-0000-7000-8000-000000000009', 5, 'backlog')).toMatchObject(refused);
  });

  test('no_slot: the backlog gets no more than will find a permit soon, and first attempts learn it when they take one', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/', { max_in_flight: 2 });
    const { admission } = worker.context;
    const permits = [await take(await grantOf(hook, 1)), await take(await grantOf(hook, 1))];
    expect(await admit(hook, 10, 'backlog')).toMatchObject({
      grant: { size: 2 },
      waits: [{ reason: 'no_slot', count: 8, firstInMs: 0 }],
    });
    expect(await admission.takePermit(await grantOf(hook, 1), nobody)).toEqual({ ok: false, reason: 'no_slot' });
    for (const permit of permits) admission.endAttempt(permit, up);
    expect(await admit(hook, 10, 'backlog')).toMatchObject({ grant: { size: 4 } });
  });

  test('rate_limited: what exceeds the limit waits until it is expected to be let through, and the backlog is paced', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/', { rate_limit: 20 });
    const event = await admit(hook, 100, 'event');
    const granted = event.grant?.size ?? 0;
    expect(granted).toBeGreaterThanOrEqual(1);
    expect(granted).toBeLessThanOrEqual(4);
    const [wait] = event.waits;
    expect(event.waits).toMatchObject([{ reason: 'rate_limited', count: 100 - granted, everyMs: 50 }]);
    expect(wait && waitMs(wait, 20) - waitMs(wait, 0)).toBe(1_000);
    expect(wait && waitMs(wait, 1_000_000)).toBe(60_000);
    // New events do not overtake those that wait.
    expect(await admit(hook, 1, 'event')).toMatchObject({ grant: null, waits: [{ reason: 'rate_limited', count: 1 }] });

    const backlog = await grantOf(hook, 100, 'backlog');
    // The next two seconds' worth.
    expect(backlog.size).toBeGreaterThan(30);
    expect(backlog.size).toBeLessThanOrEqual(43);
    expect(backlog.pace).toMatchObject({ perSecond: 20 });
    expect(worker.context.admission.isPrompt(backlog)).toBe(false);
    // Reservations for which nothing was due can be granted again.
    await worker.context.admission.returnUnused(backlog, backlog.size);
    expect((await grantOf(hook, 100, 'backlog')).size).toBeGreaterThan(30);
  });

  test('breaker_open: holds all of a hook whose breaker is open, except one probe for the backlog', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    await trip(hook);
    expect(await admit(hook, 5, 'event')).toMatchObject({
      grant: null,
      waits: [{ reason: 'breaker_open', count: 5, firstInMs: 0 }],
    });
    expect(await admit(hook, 5, 'backlog')).toMatchObject({ grant: null, waits: [{ reason: 'breaker_open' }] });
    await letProbe(hook);
    expect(await admit(hook, 200, 'backlog')).toMatchObject({ grant: { size: 10, probe: { failedBefore: 0 } } });
    expect(await admit(hook, 200, 'backlog')).toMatchObject({ grant: null, waits: [{ reason: 'breaker_open' }] });
  });

  test('a permit is freed unused when the hook was paused after the grant was given', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/', { max_in_flight: 1 });
    const { admission, hooks } = worker.context;
    const [early, later] = [await grantOf(hook, 1), await grantOf(hook, 1)];
    const setPaused = async (paused: boolean) => {
      await worker.query('UPDATE event_hooks SET paused = $2, updated_at = now() WHERE id = $1', [hook, paused]);
      await waitFor(() => hooks.find(hook)?.paused === paused);
    };
    await setPaused(true);
    expect(await admission.takePermit(early, nobody)).toEqual({ ok: false, reason: 'paused' });
    await setPaused(false);
    admission.endAttempt(await take(later), up);
  });

  test('a permit is freed unused when the breaker opened after the grant was given', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/', { max_in_flight: 1 });
    const { admission } = worker.context;
    const early = await grantOf(hook, 1);
    await trip(hook);
    expect(await admission.takePermit(early, nobody)).toEqual({ ok: false, reason: 'breaker_open' });
    // The only permit is there for the probe.
    await letProbe(hook);
    admission.endAttempt(await take(await grantOf(hook, 1, 'backlog')), up);
  });

  test('each hook gets an answer of its own, in the order of the requests', async () => {
    const well = await worker.createHook('http://127.0.0.1:1/');
    const off = await worker.createHook('http://127.0.0.1:1/', { enabled: false });
    const slow = await worker.createHook('http://127.0.0.1:1/', { rate_limit: 1 });
    const { admission, hooks } = worker.context;
    const requests = [off, slow, well].map((hookId) => ({ hookId, hook: hooks.find(hookId), wanted: 10 }));
    const admitted = await admission.admit(requests, 'backlog');
    expect(admitted.map(({ hookId }) => hookId)).toEqual([off, slow, well]);
    expect(admitted.map(({ waits }) => waits[0]?.reason)).toEqual(['hook_disabled', 'rate_limited', undefined]);
  });
});

describe('breakers', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver.close();
  });

  test('a breaker opens after four seconds of failures, not after a burst of them', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    for (let count = 0; count < 50; count += 1) await attempt(hook, down());
    expect(worker.context.breakers.isOpen(hook)).toBe(false);
    nowMs += 4_000;
    await attempt(hook, down());
    expect(worker.context.breakers.isOpen(hook)).toBe(true);
    expect((await waitFor(() => breakerOf(hook))).probe_in_ms).toBeLessThan(1_300);
  });

  test('an attempt that says nothing about its endpoint moves no breaker', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    const unknown: AttemptOutcome = { ...facts, ok: false, kind: 'sandbox_timeout', message: '', retryAfterMs: null };
    for (let count = 0; count < 20; count += 1) {
      await attempt(hook, unknown);
      nowMs += 500;
    }
    expect(worker.context.breakers.isOpen(hook)).toBe(false);
  });

  test('a failed probe is followed by the next one after twice the time, and a successful one closes the breaker', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    const known = { source: 'eventhooks', event: 'hook-recovered' };
    await worker.createHook(receiver.url, known);
    await trip(hook);
    await letProbe(hook);
    await attempt(hook, down(), 'backlog');
    await waitFor(async () => (await breakerOf(hook))?.failed_probes === 1);
    const waiting = await breakerOf(hook);
    expect(waiting?.probing).toBe(false);
    expect(waiting?.probe_in_ms).toBeGreaterThan(1_400);
    expect(waiting?.probe_in_ms).toBeLessThan(2_500);
    await letProbe(hook);
    await attempt(hook, up, 'backlog');
    await waitFor(() => !worker.context.breakers.isOpen(hook));
    expect(await breakerOf(hook)).toBeUndefined();
    // It begins with two permits, and gets one more with each success.
    expect(await admit(hook, 100, 'backlog')).toMatchObject({ grant: { size: 4 } });
    const events = await worker.query('SELECT data FROM events WHERE event = $1', ['hook-recovered']);
    expect(events.map(({ data }) => JSON.parse(data).hook_id)).toContain(hook);
  });

  test('the next probe waits for as long as the receiver asks, up to an hour', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    await trip(hook, down(120_000));
    const first = (await breakerOf(hook))?.probe_in_ms ?? 0;
    expect(first).toBeGreaterThan(110_000);
    expect(first).toBeLessThan(121_000);
    await letProbe(hook);
    await attempt(hook, down(86_400_000), 'backlog');
    await waitFor(async () => ((await breakerOf(hook))?.probe_in_ms ?? 0) > 3_500_000);
    expect((await breakerOf(hook))?.probe_in_ms).toBeLessThan(3_601_000);
  });

  test('a probe that found nothing to send is due again at once', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    await trip(hook);
    await letProbe(hook);
    const probe = await grantOf(hook, 5, 'backlog');
    await worker.context.admission.returnUnused(probe, probe.size);
    expect(await breakerOf(hook)).toMatchObject({ probing: false, failed_probes: 0 });
    expect((await breakerOf(hook))?.probe_in_ms).toBeLessThanOrEqual(0);
  });

  test('a breaker that another worker opened or closed is known soon', async () => {
    const hook = await worker.createHook('http://127.0.0.1:1/');
    await attempt(hook, up);
    await worker.query(`INSERT INTO hook_breakers (hook_id, probe_at) VALUES ($1, now() + interval '1 h')`, [hook]);
    await waitFor(() => worker.context.breakers.isOpen(hook));
    await worker.query('DELETE FROM hook_breakers WHERE hook_id = $1', [hook]);
    await waitFor(() => !worker.context.breakers.isOpen(hook));
    expect(await admit(hook, 100, 'backlog')).toMatchObject({ grant: { size: 4 } });
  });
});
