import type { MakeDispatcher } from './dispatcher.ts';

const topic = 'bench.event';

/** Hookdeck Outpost: https://hookdeck.com/docs/outpost/api. The token is its API_KEY; its TOPICS must hold `bench.event`. */
export const outpost: MakeDispatcher = ({ api, run }) => {
  const tenant = `bench-${run}`;
  return {
    async createEndpoint(url) {
      await api.send('PUT', `/api/v1/tenants/${tenant}`, {});
      await api.send('POST', `/api/v1/tenants/${tenant}/destinations`, {
        type: 'webhook',
        topics: ['*'],
        config: { url },
      });
    },
    async publish(data) {
      await api.send('POST', '/api/v1/publish', { tenant_id: tenant, topic, eligible_for_retry: true, data });
    },
  };
};
