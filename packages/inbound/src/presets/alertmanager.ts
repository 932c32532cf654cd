import { alertCatalogue, alertMap, alertSample } from './alerts.ts';
import { bearerToken, type Preset } from './define.ts';

const [firing, resolved] = alertSample.ids;

export const alertmanager: Preset = {
  documentation: 'Prometheus Alertmanager 0.28, "webhook_config", payload version 4',
  verify: bearerToken,
  map: { source: "'alertmanager'", ...alertMap },
  setup: {
    steps: ['Add the receiver to alertmanager.yml, and name it in a route.', 'Reload Alertmanager.'],
    snippet: `receivers:
  - name: eventhooks
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials: {secret}
`,
  },
  catalogue: alertCatalogue,
  samples: {
    group: {
      body: {
        version: '4',
        groupKey: '{}:{service="orders"}',
        truncatedAlerts: 0,
        status: 'firing',
        receiver: 'eventhooks',
        groupLabels: { service: 'orders' },
        commonLabels: { service: 'orders' },
        commonAnnotations: {},
        externalURL: 'http://alertmanager.example.com',
        alerts: alertSample.alerts,
      },
      events: [
        { source: 'alertmanager', event: 'alert.firing', id: firing },
        { source: 'alertmanager', event: 'alert.resolved', id: resolved },
      ],
    },
  },
};
