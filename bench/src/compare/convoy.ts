import { type MakeDispatcher, textAt } from './dispatcher.ts';

/** Convoy: https://getconvoy.io/docs/api-reference. The token is the project's API key. It may insist on https URLs. */
export const convoy: MakeDispatcher = ({ api, project }) => {
  if (project === null) throw new Error('Convoy needs --project, the id of an outgoing project');
  const base = `/api/v1/projects/${project}`;
  let endpoint = '';
  return {
    async createEndpoint(url) {
      endpoint = textAt(
        await api.send('POST', `${base}/endpoints`, { name: `bench-${Date.now()}`, url }),
        'data',
        'uid',
      );
      await api.send('POST', `${base}/subscriptions`, { name: 'bench', endpoint_id: endpoint });
    },
    async publish(data) {
      await api.send('POST', `${base}/events`, { endpoint_id: endpoint, event_type: 'bench.event', data });
    },
  };
};
