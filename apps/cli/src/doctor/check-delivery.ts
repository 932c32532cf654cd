import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, type ApiAnswer, isRecord } from '../api.ts';
import type { Finding } from './finding.ts';

const NAME = 'eventhooks doctor';
const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 200;
/** Nobody else's hooks hear of it but those that hear all of the source `eventhooks`. */
const EVENT = { source: 'eventhooks', event: 'hook-recovered' };

/** Makes a hook that logs, publishes an event, and waits for the delivery: the whole path. Removes the hook. */
export async function checkDelivery(api: Api): Promise<Finding> {
  const made = await api.request('POST', '/event-hooks', {
    ...EVENT,
    handler: 'log',
    name: NAME,
    tags: ['eventhooks-doctor'],
  });
  if (!made.ok) {
    const isForbidden = made.kind === 'refused' && made.status === 403;
    return {
      level: isForbidden ? 'warning' : 'fault',
      what: `No delivery was tried: ${made.message}`,
      ...(isForbidden && { advice: "That needs a token of the role 'admin'; --read-only leaves it out." }),
    };
  }
  const hookId = fieldOf(made, 'id');
  try {
    return await tryDelivery(api, hookId);
  } finally {
    await api.request('DELETE', `/event-hooks/${hookId}`);
  }
}

async function tryDelivery(api: Api, hookId: string): Promise<Finding> {
  const startedAt = performance.now();
  const data = { hook_id: hookId, hook_name: NAME, failing_since: null };
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
