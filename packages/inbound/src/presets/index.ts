import type { EventName, InboundPreset } from '@eventhooks/contract';
import { alertmanager } from './alertmanager.ts';
import { argocd } from './argocd.ts';
import { cloudevents } from './cloudevents.ts';
import type { Preset, PresetEvent } from './define.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { grafana } from './grafana.ts';
import { keycloak } from './keycloak.ts';
import { kong } from './kong.ts';
import { kongHttpLog } from './kong-http-log.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';

export type { Preset } from './define.ts';

export const PRESETS = {
  github,
  gitlab,
  stripe,
  slack,
  shopify,
  'standard-webhooks': standardWebhooks,
  alertmanager,
  grafana,
  argocd,
  keycloak,
  kong,
  'kong-http-log': kongHttpLog,
  cloudevents,
  generic,
} as const satisfies Record<InboundPreset, Preset>;

/** The catalogue's entry for an event that a preset's sender made, or null. */
export function findPresetEvent(name: InboundPreset, event: string): PresetEvent | null {
  const catalogue: Preset['catalogue'] = PRESETS[name].catalogue;
  const exact = Object.hasOwn(catalogue, event) ? catalogue[event] : undefined;
  const [, beginning] =
    Object.entries(catalogue).find(([key]) => key.endsWith('*') && event.startsWith(key.slice(0, -1))) ?? [];
  return exact ?? beginning ?? null;
}

export type NamedPresetEvent = EventName & PresetEvent;

const literal = /^'([^'\\]+)'$/;

/**
 * The events that a preset's sender is known to send, so that hooks can be made before the first one comes: those of its catalogue
 * and its samples. None where the sender or its configuration chooses the source, or every name.
 */
export function listPresetEvents(name: InboundPreset): NamedPresetEvent[] {
  const { map, catalogue, samples }: Preset = PRESETS[name];
  const source = literal.exec(map.source)?.[1];
  if (source === undefined || Object.hasOwn(catalogue, '*')) return [];
  const sampled = Object.values(samples).flatMap(({ events }) => events.map(({ event }) => event));
  const names = new Set([...Object.keys(catalogue).filter((key) => !key.endsWith('*')), ...sampled]);
  return [...names].flatMap((event) => {
    const known = findPresetEvent(name, event);
    return known === null ? [] : [{ source, event, ...known }];
  });
}
