import { event, source } from '../sample-event.ts';
import type { MakeDispatcher } from './dispatcher.ts';

export const eventhooks: MakeDispatcher = ({ api }) => ({
  async createEndpoint(url) {
    await api.send('POST', '/event-hooks', { source, event, handler: 'webhook', config: { url } });
  },
  async publish(data) {
    await api.send('POST', '/events', { source, event, data });
  },
});
