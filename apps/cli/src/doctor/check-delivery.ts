import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, type ApiAnswer, listReceipts } from '../api.ts';
import type { Finding } from './finding.ts';

const NAME = 'eventhooks doctor';
const waitMs = 20_000;
const lookEveryMs = 200;
/** Registered for the check alone, so that no other hook hears of it. */
const EVENT = { source: 'eventhooks-doctor', event: 'check' };

/** Tries the whole path: makes a hook that logs, publishes an event, and waits for the delivery. Removes what it made. */
export async function checkDelivery(api: Api): Promise<Finding> {
  const body = { description: 'A check of eventhooks doctor' };
  const registered = await api.request('PUT /event-hooks/sources/{source}/{event}', { params: EVENT, body });
  if (!registered.ok) return describeRefusal(registered);
  try {
    return await checkRegistered(api);
  } finally {
    await api.request('DELETE /event-hooks/sources/{source}/{event}', { params: EVENT });
  }
}

async function checkRegistered(api: Api): Promise<Finding> {
  const made = await api.request('POST /event-hooks', {
    body: { ...EVENT, handler: 'log', name: NAME, tags: ['eventhooks-doctor'] },
  });
  if (!made.ok) return describeRefusal(made);
  const { id } = made.body;
  try {
    return await tryDelivery(api, id);
  } finally {
    await api.request('DELETE /event-hooks/{id}', { params: { id } });
  }
}

function describeRefusal(answer: Extract<ApiAnswer<unknown>, { ok: false }>): Finding {
  const isForbidden = answer.kind === 'refused' && answer.status === 403;
  return {
    level: isForbidden ? 'warning' : 'fault',
    what: `No delivery was tried: ${answer.message}`,
    ...(isForbidden && { advice: "A test delivery takes a token with the role 'admin'. --read-only leaves it out." }),
  };
}

async function tryDelivery(api: Api, hookId: string): Promise<Finding> {
  const startedAt = performance.now();
  const data = { hook_id: hookId };
  const published = await api.request('POST /events', { body: [{ ...EVENT, data }] });
  if (!published.ok) return { level: 'fault', what: `The server does not accept an event: ${published.message}` };
  const [eventId] = listReceipts(published.body).map(({ id }) => id);
  while (performance.now() - startedAt < waitMs) {
    const answer = await api.request('GET /deliveries', { query: { hook: hookId, event_id: eventId } });
    if (answer.ok && answer.body.data[0]?.status === 'succeeded') {
      return {
        level: 'ok',
        what: `An event was published and delivered in ${Math.round(performance.now() - startedAt)} ms`,
      };
    }
    await sleep(lookEveryMs);
  }
  return {
    level: 'fault',
    what: `An event was accepted but not delivered within ${waitMs / 1_000} s`,
    advice: 'Is a worker running on the same DATABASE_URL and REDIS_URL (npm run worker)? Its log says more.',
  };
}
