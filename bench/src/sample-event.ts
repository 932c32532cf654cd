import { nowMs } from './clock.ts';

export const source = 'crud';
const event = 'consumers';

/** About 200 bytes, as Kong's own consumer events are. `n` tells events of one phase apart; `at` is the time of publishing. */
export function makeData(n: number) {
  return {
    operation: 'create',
    schema: 'consumers',
    entity: { id: 'b1946ac9-4927-4a5e-9c3a-6f1d2a7e0c55', username: `customer-${n}`, tags: ['gold'], type: 0 },
    n,
    at: nowMs(),
  };
}

export function makeEvent(n: number) {
  return { source, event, data: makeData(n) };
}

/** The body of a webhook of `makeEvent(n)`. */
export function makeDeliveredBody(n: number): string {
  return JSON.stringify({ ...makeData(n), event, source });
}

/** The headers of such a request, beside those of the connection. */
export const deliveredHeaders = {
  'user-agent': 'eventhooks',
  'content-type': 'application/json',
  'webhook-id': '01a2107c-edb0-720a-ae51-0fed2db9d8cb',
  'webhook-timestamp': '1764000000',
  'x-kong-signature': 'sha256=9f0b2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8',
  'webhook-signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
};
