import type { PresetEvent } from './define.ts';

/**
 * Each alert of a group is an event. Its id is made of fingerprint, start and status, so that a group that is sent again with one
 * alert more repeats nothing.
 */
export const alertMap = {
  event: "'alert.' + item.status",
  id: "item.fingerprint + ':' + item.startsAt + ':' + item.status",
  split: 'body.alerts',
} as const;

const unique = ['fingerprint', 'status'];

export const alertCatalogue: Readonly<Record<string, PresetEvent>> = {
  'alert.firing': { description: 'An alert fires.', unique },
  'alert.resolved': { description: 'An alert is resolved.', unique },
};

/** Two alerts as Prometheus' and Grafana's alert managers send them. */
export const alertSample = {
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HighLatency', service: 'orders', severity: 'page' },
      annotations: { summary: 'Orders answers slowly' },
      startsAt: '2026-01-05T10:00:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example.com/graph?g0.expr=latency',
      fingerprint: '8c2d1f0f6f9f2f0a',
    },
    {
      status: 'resolved',
      labels: { alertname: 'DiskFull', service: 'orders', severity: 'ticket' },
      annotations: { summary: 'The disk is full' },
      startsAt: '2026-01-05T09:00:00Z',
      endsAt: '2026-01-05T10:00:00Z',
      generatorURL: 'http://prometheus.example.com/graph?g0.expr=disk',
      fingerprint: '1b9e4c8d7a6f5e3d',
    },
  ],
  ids: ['8c2d1f0f6f9f2f0a:2026-01-05T10:00:00Z:firing', '1b9e4c8d7a6f5e3d:2026-01-05T09:00:00Z:resolved'],
} as const;
