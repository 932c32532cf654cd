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
  setup: {
    steps: [
      'Put the secret into argocd-notifications-secret as eventhooks-secret: {secret}',
      'Add this to argocd-notifications-cm, and subscribe applications to the trigger.',
      'A template for a trigger of its own may add a phase beside app, which then names the event.',
    ],
    snippet: `service.webhook.eventhooks: |
  url: {url}
  headers:
    - name: Authorization
      value: Bearer $eventhooks-secret
    - name: Content-Type
      value: application/json
template.eventhooks: |
  webhook:
    eventhooks:
      method: POST
      body: '{"app": {{toJson .app}}}'
trigger.on-eventhooks: |
  - when: app.status.operationState.phase in ['Succeeded', 'Failed', 'Error']
    send: [eventhooks]
`,
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
