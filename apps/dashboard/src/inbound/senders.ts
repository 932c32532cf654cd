import type { InboundPreset } from '@eventhooks/contract';

/** The senders that have a preset, in people's words. */
const SENDERS = {
  github: 'GitHub',
  gitlab: 'GitLab',
  stripe: 'Stripe',
  slack: 'Slack',
  shopify: 'Shopify',
  'standard-webhooks': 'Standard Webhooks',
  alertmanager: 'Prometheus Alertmanager',
  grafana: 'Grafana',
  argocd: 'Argo CD',
  keycloak: 'Keycloak',
  kong: 'Kong event hooks',
  'kong-http-log': 'Kong’s HTTP Log plugin',
  cloudevents: 'CloudEvents',
  generic: 'Anything that posts JSON',
} as const satisfies Record<InboundPreset, string>;

/** A preset by its name; null for any other text. */
export function asPreset(name: unknown): InboundPreset | null {
  return typeof name === 'string' && Object.hasOwn(SENDERS, name) ? (name as InboundPreset) : null;
}

/** The sender of a preset; a preset that is not known here keeps its name. */
export function nameSender(preset: string): string {
  const known = asPreset(preset);
  return known === null ? preset : SENDERS[known];
}
