import type { CapacityLine } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import type { Finding } from './finding.ts';

const LEVELS = { good: 'ok', warn: 'warning', unknown: 'warning' } as const satisfies Record<
  CapacityLine['level'],
  Finding['level']
>;

/** What the server measured of the room that is left. */
export async function checkCapacity(api: Api): Promise<Finding[]> {
  const { data } = await api.call('GET /system/capacity');
  return data.map(({ level, message, advice }) => ({
    level: LEVELS[level],
    what: message,
    ...(advice !== null && { advice }),
  }));
}
