import { alertCatalogue, alertMap, alertSample } from './alerts.ts';
import { bearerToken, type Preset } from './define.ts';

const [firing, resolved] = alertSample.ids;

export const grafana: Preset = {
  documentation: 'Grafana 12, "Configure the webhook notifier for Alerting", payload version 1',
  verify: bearerToken,
  map: { source: "'grafana'", ...alertMap },
  setup: {
    steps: [
      'Alerting, Contact points, Create contact point, integration Webhook.',
      'URL: {url}, HTTP method POST.',
      'Authorization header: scheme Bearer, credentials {secret}',
      'Press Test, save, and choose it in a notification policy.',
    ],
  },
  catalogue: alertCatalogue,
  samples: {
    group: {
      body: {
        receiver: 'eventhooks',
        status: 'firing',
        orgId: 1,
        alerts: alertSample.alerts.map((alert) => ({ ...alert, values: { B: 22.5 }, dashboardURL: '', panelURL: '' })),
        title: '[FIRING:1] orders',
        state: 'alerting',
        version: '1',
      },
      events: [
        { source: 'grafana', event: 'alert.firing', id: firing },
        { source: 'grafana', event: 'alert.resolved', id: resolved },
      ],
    },
  },
};
