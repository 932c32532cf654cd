import { randomUUID } from 'node:crypto';
import type { PrintedSource } from '@eventhooks/contract';
import { isRecord } from '../api.ts';
import { sampleOfSchema } from './sample-of-schema.ts';

type Data = Record<string, unknown>;

/** Fields of Kong's entities, except `id`, `created_at`, `updated_at` and `tags`, which all of them have. */
const ENTITIES: Readonly<Record<string, Data>> = {
  admins: { username: 'ada', email: 'ada@example.com', status: 0, rbac_token_enabled: true },
  acls: { group: 'staff', consumer: { id: '6a1b2c3d-0000-4000-8000-000000000001' } },
  ca_certificates: { cert_digest: '5b9c0d6f', cert: '-----BEGIN CERTIFICATE-----\n…' },
  certificates: { snis: ['shop.example.com'], cert: '-----BEGIN CERTIFICATE-----\n…' },
  consumer_groups: { name: 'gold' },
  consumers: { username: 'ada', custom_id: 'customer-42' },
  event_hooks: { source: 'crud', event: 'consumers', handler: 'log', config: {}, on_change: null, snooze: null },
  keyauth_credentials: { key: null, consumer: { id: '6a1b2c3d-0000-4000-8000-000000000001' } },
  plugins: {
    name: 'rate-limiting',
    enabled: true,
    protocols: ['http', 'https'],
    config: { minute: 60, policy: 'local' },
  },
  routes: { name: 'orders', paths: ['/orders'], methods: ['GET', 'POST'], protocols: ['https'], strip_path: true },
  services: {
    name: 'orders',
    host: 'orders.internal',
    port: 8080,
    protocol: 'http',
    path: '/',
    retries: 5,
    enabled: true,
  },
  snis: { name: 'shop.example.com' },
  targets: { target: '10.20.0.5:8080', weight: 100, upstream: { id: '6a1b2c3d-0000-4000-8000-000000000002' } },
  upstreams: { name: 'orders.internal', algorithm: 'round-robin', slots: 10_000 },
  workspaces: { name: 'team-a', comment: 'The A team' },
};

const RATE_LIMIT: Data = {
  consumer: { id: '6a1b2c3d-0000-4000-8000-000000000001', username: 'ada' },
  ip: '203.0.113.7',
  service: { id: '6a1b2c3d-0000-4000-8000-000000000003', name: 'orders' },
  rate: 61,
  limit: 60,
  window: 60,
};

const HOOK: Data = { hook_id: '6a1b2c3d-0000-4000-8000-000000000004', hook_name: 'billing' };

const EVENTS: Readonly<Record<string, Data>> = {
  'ai-rate-limiting-advanced/rate-limit-exceeded': RATE_LIMIT,
  'rate-limiting-advanced/rate-limit-exceeded': RATE_LIMIT,
  'service-protection/rate-limit-exceeded': RATE_LIMIT,
  'balancer/health': {
    upstream_id: '6a1b2c3d-0000-4000-8000-000000000002',
    ip: '10.20.0.5',
    port: 8080,
    hostname: 'orders.internal',
    health: 'UNHEALTHY',
  },
  'oas-validation/validation-failed': {
    consumer: RATE_LIMIT.consumer,
    ip: RATE_LIMIT.ip,
    service: RATE_LIMIT.service,
    err: "body validation failed: property 'quantity' is required",
  },
  'eventhooks/delivery-exhausted': {
    ...HOOK,
    delivery_id: '6a1b2c3d-0000-4000-8000-000000000005',
    event_id: '6a1b2c3d-0000-4000-8000-000000000006',
    attempts: 10,
    error_code: 'http_5xx',
  },
  'eventhooks/hook-disabled': { ...HOOK, reason: 'gone', since: '2026-01-31T12:00:00.000Z' },
  'eventhooks/hook-recovered': { ...HOOK, failing_since: '2026-01-31T12:00:00Z' },
};

/** Data as an event of the catalogue might have it. Ids and times of Kong's entities are new each time. */
export function sampleOf(source: string, event: string, entry: PrintedSource[string]): Data {
  if (source === 'crud') {
    const [entity = event, operation = 'create'] = event.split(':');
    return sampleCrud(entity, operation);
  }
  if (source === 'dao:crud') return sampleCrud('consumers', event);
  const known = EVENTS[`${source}/${event}`];
  if (known !== undefined) return structuredClone(known);
  const sample = entry.schema && sampleOfSchema(entry.schema);
  if (isRecord(sample)) return sample;
  return Object.fromEntries(entry.fields.map((field) => [field, `a ${field}`]));
}

function sampleCrud(entity: string, operation: string): Data {
  const now = Math.floor(Date.now() / 1000);
  const current = {
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    tags: ['sample'],
    ...(ENTITIES[entity] ?? { name: `a-sample-of-${entity.replaceAll('_', '-')}` }),
  };
  const old = operation === 'update' && { old_entity: { ...current, updated_at: now - 3_600, tags: null } };
  return { operation, entity: current, ...old, schema: entity };
}
