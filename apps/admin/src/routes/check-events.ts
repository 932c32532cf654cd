import { checkedEventsSchema, EVENT_LIMITS, eventsInputSchema } from '@eventhooks/contract';
import { defineRoute } from '../http/route.ts';
import { readCheckedEvents } from '../intake/check-events.ts';

export const checkEventsRoute = defineRoute({
  method: 'post',
  path: '/events/check',
  operation: 'checkEvents',
  document: {
    summary: 'Check events',
    description:
      'Takes what `POST /events` takes, and answers with the same faults, but publishes nothing. So a long file can be checked before its first event is published.',
    tag: 'Events',
    request: {
      schema: eventsInputSchema,
      examples: {
        one: { source: 'crud', event: 'consumers', data: { operation: 'create', entity: { username: 'Ada' } } },
      },
    },
    responses: { 200: { description: 'All of them could be published.', schema: checkedEventsSchema } },
    errors: [413, 415],
  },
  rawBodyBytes: EVENT_LIMITS.requestBytes,
  async handle(call) {
    const { events } = await readCheckedEvents(call);
    return { status: 200, body: { checked: events.length } };
  },
});
