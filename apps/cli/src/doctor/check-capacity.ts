import type { CapacityLine } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import type { Finding } from './finding.ts';

const LEVELS = { good: 'ok', warn: 'warning', unknown: 'warning' } as const satisfies Record<
  CapacityLine['level'],
  Finding['level']
>;

/** The server's measurements of the room that is left, as findings. */
export async function checkCapacity(api: Api): Promise<Finding[]> {
  const { data } = await api.call('GET /system/capacity');
  return data.map(({ level, message, advice }) => ({
    level: LEVELS[level],
    what: message,
    ...(advice !== null && { advice }),
  }));
}
