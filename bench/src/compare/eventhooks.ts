import type { MakeDispatcher } from './dispatcher.ts';

const event = 'event';

export const eventhooks: MakeDispatcher = ({ api, run }) => {
  const source = `bench-${run}`;
  return {
    async createEndpoint(url) {
      await api.send('PUT', `/event-hooks/sources/${source}/${event}`, {});
      await api.send('POST', '/event-hooks', { source, event, handler: 'webhook', config: { url } });
    },
    async publish(data) {
      await api.send('POST', '/events', { source, event, data });
    },
  };
};
