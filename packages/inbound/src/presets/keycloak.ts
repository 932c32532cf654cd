import { bearerToken, type Preset } from './define.ts';

/** Keycloak has no webhooks of its own: an event listener sends its EventRepresentation or AdminEventRepresentation as JSON. */
export const keycloak: Preset = {
  documentation: 'Keycloak 26, EventRepresentation and AdminEventRepresentation',
  verify: bearerToken,
  map: {
    source: "'keycloak'",
    event: '(has(body.type) ? body.type : body.operationType).lowerAscii()',
    id: 'has(body.id) ? body.id : null',
  },
  setup: {
    steps: [
      'Keycloak sends no webhooks of its own: install an event listener that posts its events as JSON.',
      'Address of the listener: {url}',
      'Header Authorization: Bearer {secret}',
      'Realm settings, Events: add the listener.',
    ],
  },
  catalogue: {
    login: { description: 'A user signed in.' },
    login_error: { description: 'A user could not sign in.' },
    logout: { description: 'A user signed out.' },
    register: { description: 'A user registered.' },
    create: { description: 'An administrator made a resource.' },
    update: { description: 'An administrator changed a resource.' },
    delete: { description: 'An administrator deleted a resource.' },
    action: { description: 'An administrator did something else to a resource.' },
  },
  samples: {
    login: {
      body: {
        id: '3f6c1d0a-6d0c-4f8e-9a51-0c1b2d3e4f50',
        time: 1_767_607_200_000,
        type: 'LOGIN',
        realmId: 'shop',
        clientId: 'orders',
        userId: '7d1f2c3b-4a59-4687-9e0d-1c2b3a495867',
        ipAddress: '192.0.2.7',
        details: { username: 'ada' },
      },
      events: [{ source: 'keycloak', event: 'login', id: '3f6c1d0a-6d0c-4f8e-9a51-0c1b2d3e4f50' }],
    },
    'admin-create': {
      body: {
        time: 1_767_607_200_000,
        realmId: 'shop',
        authDetails: { realmId: 'master', userId: '7d1f2c3b-4a59-4687-9e0d-1c2b3a495867' },
        operationType: 'CREATE',
        resourceType: 'USER',
        resourcePath: 'users/1f2e3d4c',
      },
      events: [{ source: 'keycloak', event: 'create' }],
    },
  },
};
