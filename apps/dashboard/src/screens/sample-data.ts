import type { Sources } from '../api/types.ts';
import { sampleOfSchema } from './sample-of-schema.ts';

/** Sample data for an event of the catalogue: by its schema, in Kong's own shape where that is known, else one value per field. */
export function sampleData(
  source: string,
  event: string,
  entry: Pick<Sources[string][string], 'fields' | 'schema'> | undefined,
): Record<string, unknown> {
  const made = entry?.schema === undefined ? undefined : sampleOfSchema(entry.schema);
  if (typeof made === 'object' && made !== null && Object.keys(made).length > 0) return { ...made };
  if (source === 'crud' || source === 'dao:crud') return sampleCrud(source === 'crud' ? event : 'consumers');
  return Object.fromEntries((entry?.fields ?? []).map((field) => [field, SAMPLES[field] ?? field]));
}

function sampleCrud(event: string): Record<string, unknown> {
  const [schema = event, operation = 'create'] = event.split(':');
  const entity = {
    id: 'c1b7f1b8-8b7f-4a53-9a7f-3c5b0e6a3f10',
    username: 'ada',
    email: 'ada@example.com',
    created_at: 1_735_689_600,
  };
  return {
    operation,
    schema,
    entity,
    ...(operation === 'update' && { old_entity: { ...entity, username: 'augusta' } }),
  };
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  consumer: { username: 'ada' },
  service: { name: 'orders', host: 'orders.internal' },
  ip: '198.51.100.7',
  rate: 61,
  limit: 60,
  window: 60,
  err: 'body: property "amount" is required',
  upstream_id: '8f0f3c1e-5b5e-4b4e-9d57-0b1f8b0b7c55',
  port: 8080,
  hostname: 'orders-1.internal',
  health: 'unhealthy',
  attempts: 10,
  status: 503,
  error_code: 'http_5xx',
};
