import { apiError } from '../http/api-error.ts';
import { OPERATION_ROLES } from '../http/roles.ts';
import { defineRoute } from '../http/route.ts';

export const readStreamRoute = defineRoute({
  method: 'get',
  path: '/stream',
  operation: 'readStream',
  document: {
    summary: 'Follow what happens',
    description:
      'Server-sent events, about two a second at most: `activity` with `deliveries` that were recorded or changed (100 at most), `delivery_count` and `event_count`; `configuration` when hooks, sources or tokens changed. What happened before or while disconnected is not sent. Ask with `Accept: text/event-stream`.',
    tag: 'Deliveries',
    responses: { 200: { description: 'The stream, until one side ends it.', mediaType: 'text/event-stream' } },
    errors: [406],
  },
  async handle({ request, context, workspace, actor }) {
    if (!/text\/event-stream/i.test(request.headers.accept ?? '')) throw apiError('not_acceptable');
    const isAllowed = async (): Promise<boolean> => {
      const now = await context.authenticator.authenticate(request).catch(() => null);
      return (
        now !== null &&
        OPERATION_ROLES.readStream.some((role) => role === now.role) &&
        now.workspace === actor.workspace &&
        context.catalogue.hasWorkspace(workspace)
      );
    };
    return { stream: (response) => context.live.open(workspace, actor.name, response, isAllowed) };
  },
});
