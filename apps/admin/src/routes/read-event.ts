import { eventSchema } from '@eventhooks/contract';
import { findEvent } from '@eventhooks/database';
import { apiError } from '../http/api-error.ts';
import { defineRoute } from '../http/route.ts';
import { printEvent } from './print-event.ts';

export const readEventRoute = defineRoute({
  method: 'get',
  path: '/events/{id}',
  operation: 'readEvent',
  document: {
    summary: 'Read an event',
    tag: 'Events',
    responses: { 200: { description: 'The event.', schema: eventSchema } },
  },
  async handle(call) {
    const event = await findEvent(call.context.database.pool, call.workspace, call.params.id);
    if (event === undefined) throw apiError('not_found');
    return { status: 200, body: printEvent(event) };
  },
});
