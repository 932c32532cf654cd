import { type Installation, publishNumbered } from './installation.ts';
import { type Receiver, waitFor } from './support/index.ts';
import { countedEvents } from './support/long-run.ts';

/** The events of the tests that count what waited, and the time that they may take: 200 unless a long run asks for more. */
export const missedEvents = countedEvents(200);
export const missedTimeoutMs = 120_000 + missedEvents * 100;

/**
 * Publishes events to a paused hook while its workers die, resumes it, and expects each event once, oldest first.
 *
 * @param interrupt takes place in the middle; no worker is left after it.
 */
export async function expectPausedToArrive(
  installation: Installation,
  receiver: Receiver,
  interrupt: () => Promise<void>,
): Promise<void> {
  const hook = await installation.createHook({
    source: 'crud',
    event: 'consumers',
    handler: 'webhook',
    config: { url: receiver.url },
    paused: true,
    max_in_flight: 1,
  });
  const half = Math.floor(missedEvents / 2);
  const ids = await publishNumbered(installation, half);
  await interrupt();
  ids.push(...(await publishNumbered(installation, missedEvents - half, half)));
  await installation.addWorker();
  // Nobody waits for the claims of the dead.
  await installation.query('UPDATE dispatch_batches SET claimed_until = now(), due_at = now()');
  await waitFor(
    async () => {
      const { body } = await installation.call('GET', `/event-hooks/${hook}/status`);
      return body.paused === missedEvents;
    },
    { timeoutMs: missedTimeoutMs, what: 'every event to wait' },
  );
  expect((await installation.call('GET', '/system')).body.paused).toEqual({ hooks: 1, deliveries: missedEvents });
  expect(await (await fetch(`${installation.admin.url}/metrics`)).text()).toContain(
    `eventhooks_paused_deliveries ${missedEvents}\n`,
  );
  expect(receiver.requests).toEqual([]);
  await installation.call('PATCH', `/event-hooks/${hook}`, { paused: false });
  await receiver.waitForRequests(missedEvents, missedTimeoutMs);
  await installation.waitForRest(missedTimeoutMs);
  const accepted = await installation.query<{ data: string }>(
    'SELECT data FROM events WHERE id = ANY($1::uuid[]) ORDER BY id',
    [ids],
  );
  const arrived = receiver.requests.map(({ body }) => JSON.parse(body.toString()).n);
  const placeOf = new Map(accepted.map(({ data }, place): [number, number] => [JSON.parse(data).n, place]));
  expect(arrived.toSorted((one, other) => one - other)).toEqual(Array.from({ length: missedEvents }, (_, n) => n));
  // On a busy machine an attempt may find no permit in its moment. Its delivery goes out a little later.
  const places = arrived.map((n) => placeOf.get(n) ?? -1);
  const late = places.filter((place, index) => index > 0 && place < (places[index - 1] ?? 0)).length;
  expect(late).toBeLessThanOrEqual(missedEvents / 20);
}
