import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, type ApiAnswer, isRecord } from '../api.ts';
import type { Finding } from './finding.ts';

const NAME = 'eventhooks doctor';
const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 200;
/** Registered for the check alone, so that no other hook hears of it. */
const EVENT = { source: 'eventhooks-doctor', event: 'check' };
const EVENT_PATH = `/event-hooks/sources/${EVENT.source}/${EVENT.event}`;

/** Makes a hook that logs, publishes an event, and waits for the delivery: the whole path. Removes what it made. */
export async function checkDelivery(api: Api): Promise<Finding> {
  const registered = await api.request('PUT', EVENT_PATH, { description: 'A check of eventhooks doctor' });
  if (!registered.ok) return describeRefusal(registered);
  try {
    return await checkRegistered(api);
  } finally {
    await api.request('DELETE', EVENT_PATH);
  }
}

async function checkRegistered(api: Api): Promise<Finding> {
  const made = await api.request('POST', '/event-hooks', {
    ...EVENT,
    handler: 'log',
    name: NAME,
    tags: ['eventhooks-doctor'],
  });
  if (!made.ok) return describeRefusal(made);
  const hookId = fieldOf(made, 'id');
  try {
    return await tryDelivery(api, hookId);
  } finally {
    await api.request('DELETE', `/event-hooks/${hookId}`);
  }
}

function describeRefusal(answer: Exclude<ApiAnswer, { ok: true }>): Finding {
  const isForbidden = answer.kind === 'refused' && answer.status === 403;
  return {
    level: isForbidden ? 'warning' : 'fault',
    what: `No delivery was tried: ${answer.message}`,
    ...(isForbidden && { advice: "That needs a token of the role 'admin'; --read-only leaves it out." }),
  };
}

async function tryDelivery(api: Api, hookId: string): Promise<Finding> {
  const startedAt = performance.now();
  const data = { hook_id: hookId };
  const published = await api.request('POST', '/events', { ...EVENT, data });
  if (!published.ok) return { level: 'fault', what: `An event is not accepted: ${published.message}` };
  const path = `/deliveries?hook=${hookId}&event_id=${fieldOf(published, 'id')}`;
  while (performance.now() - startedAt < WAIT_MS) {
    const answer = await api.request('GET', path);
    const rows = answer.ok && isRecord(answer.body) && Array.isArray(answer.body.data) ? answer.body.data : [];
    const [delivery] = rows.filter(isRecord);
    if (delivery?.status === 'succeeded') {
      return {
        level: 'ok',
        what: `An event was published and delivered in ${Math.round(performance.now() - startedAt)} ms`,
      };
    }
    await sleep(LOOK_EVERY_MS);
  }
  return {
    level: 'fault',
    what: `An event was accepted, and not delivered within ${WAIT_MS / 1_000} s`,
    advice: 'Is a worker running on the same DATABASE_URL and REDIS_URL (npm run worker)? Its log says more.',
  };
}

function fieldOf(answer: ApiAnswer, name: string): string {
  return answer.ok && isRecord(answer.body) ? String(answer.body[name]) : '';
}
