import { eventQuerySchema, eventWithDecisionsSchema, type Hook } from '@eventhooks/contract';
import {
  deliveryIdOf,
  findDeliveryStates,
  findEvent,
  findHook,
  listHooks,
  type StoredEvent,
} from '@eventhooks/database';
import type { SharedData } from '@eventhooks/expressions';
import { apiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { buildPage } from '../http/page.ts';
import { defineRoute } from '../http/route.ts';
import { printDecision } from './print-decision.ts';
import { printEvent } from './print-event.ts';

export const readEventRoute = defineRoute({
  method: 'get',
  path: '/events/{id}',
  operation: 'readEvent',
  document: {
    summary: 'Read an event',
    description: 'With `decisions=true` also what each hook of the workspace made of it, a page at a time.',
    tag: 'Events',
    query: eventQuerySchema,
    responses: { 200: { description: 'The event.', schema: eventWithDecisionsSchema } },
  },
  async handle(call) {
    const event = await findEvent(call.context.database.pool, call.workspace, call.params.id);
    if (event === undefined) throw apiError('not_found');
    if (call.query.decisions !== 'true') return { status: 200, body: printEvent(event) };
    const { size, offset, hook } = call.query;
    const hooks = await findHooks(call, { size, after: offset ?? null, hook });
    const states = await findDeliveryStates(
      call.context.database.pool,
      hooks.map(({ id }) => deliveryIdOf(event.id, id)),
    );
    const { data, ...rest } = buildPage(call, hooks, decisionPrinter(call, event, states));
    return { status: 200, body: { ...printEvent(event), decisions: data, ...rest } };
  },
});

interface WantedHooks {
  size: number;
  after: string | null;
  hook: string | undefined;
}

/** A page of hooks with one hook more when there are more, or the one that is asked for. */
async function findHooks({ context, workspace }: Call, { size, after, hook }: WantedHooks): Promise<Hook[]> {
  const { database, keyring } = context;
  if (hook === undefined) return listHooks(database.kysely, keyring, { workspace, size, after, tags: null });
  const found = await findHook(database.kysely, keyring, workspace, hook);
  if (found === null) throw apiError('not_found');
  return [found];
}

function decisionPrinter(
  { context }: Call,
  event: StoredEvent,
  states: Awaited<ReturnType<typeof findDeliveryStates>>,
) {
  const shared: SharedData = {};
  const stateOf = new Map(states.map((state) => [state.id, state]));
  return (hook: Hook) =>
    printDecision(event, hook, stateOf.get(deliveryIdOf(event.id, hook.id)), context.filters, shared);
}
