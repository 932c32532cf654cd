import { z } from 'zod';
import { time } from './time.ts';

export const CAPACITY_NAMES = [
  'rate',
  'delivery_size',
  'retention',
  'connections',
  'partitions',
  'dead_rows',
  'oldest_transaction',
  'transaction_ids',
  'redis_memory',
] as const;
export type CapacityName = (typeof CAPACITY_NAMES)[number];

export const capacitySchema = z
  .object({
    measured_at: time,
    data: z.array(
      z.object({
        name: z.enum(CAPACITY_NAMES),
        level: z.enum(['good', 'warn', 'unknown']),
        value: z.number().nullable().meta({ description: 'In the unit; null where it cannot be measured.' }),
        limit: z.number().nullable().meta({ description: 'What the value is compared with; null: nothing.' }),
        unit: z.enum(['per_second', 'bytes', 'days', 'connections', 'share', 'seconds', 'transactions']),
        message: z.string(),
        advice: z.string().nullable().meta({ description: 'What to do; null where all is well.' }),
      }),
    ),
  })
  .meta({ id: 'Capacity' });
export type PrintedCapacity = z.output<typeof capacitySchema>;
export type CapacityLine = PrintedCapacity['data'][number];
