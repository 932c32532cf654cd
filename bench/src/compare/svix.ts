import { type MakeDispatcher, textAt } from './dispatcher.ts';

/** Svix server: https://api.svix.com/docs. The token is a JWT (`svix-server jwt generate`); SVIX_WHITELIST_SUBNETS must name the receiver's. */
export const svix: MakeDispatcher = ({ api }) => {
  let application = '';
  return {
    async createEndpoint(url) {
      application = textAt(await api.send('POST', '/api/v1/app/', { name: 'bench' }), 'id');
      await api.send('POST', `/api/v1/app/${application}/endpoint/`, { url });
    },
    async publish(data) {
      await api.send('POST', `/api/v1/app/${application}/msg/`, { eventType: 'bench.event', payload: data });
    },
  };
};
