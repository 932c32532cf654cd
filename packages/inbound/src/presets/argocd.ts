import { bearerToken, type Preset } from './define.ts';

/**
 * Argo CD sends what its template says: `{"app": {{toJson .app}}}`, with `"phase"` beside it where a trigger is about a certain one. Without that
 * it is the phase of the last sync, or else the health.
 */
export const argocd: Preset = {
  documentation: 'Argo CD 3.0, "Notifications", service "Webhook"',
  verify: bearerToken,
  map: {
    source: "'argocd'",
    event:
      "'app.' + (has(body.phase) ? body.phase : has(body.app.status.operationState) ? body.app.status.operationState.phase : body.app.status.health.status)",
  },
  catalogue: {
    'app.Succeeded': { description: 'A sync succeeded.' },
    'app.Failed': { description: 'A sync failed.' },
    'app.Error': { description: 'A sync ended with an error.' },
    'app.Running': { description: 'A sync runs.' },
    'app.Degraded': { description: 'An application is degraded.' },
    'app.Healthy': { description: 'An application is healthy.' },
  },
  samples: {
    degraded: {
      body: {
        phase: 'Degraded',
        app: { metadata: { name: 'orders', namespace: 'argocd' }, status: { health: { status: 'Degraded' } } },
      },
      events: [{ source: 'argocd', event: 'app.Degraded' }],
    },
    synced: {
      body: {
        app: {
          metadata: { name: 'orders', namespace: 'argocd' },
          status: { operationState: { phase: 'Succeeded' }, sync: { status: 'Synced' }, health: { status: 'Healthy' } },
        },
      },
      events: [{ source: 'argocd', event: 'app.Succeeded' }],
    },
  },
};
