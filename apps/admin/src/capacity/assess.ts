import { CAPACITY_NAMES, type CapacityLine, type CapacityName } from '@eventhooks/contract';
import type { CapacityFacts } from '@eventhooks/database';
import type { MemoryUse } from '@eventhooks/queue';

export interface Measured extends CapacityFacts {
  /** The bytes that the database may take in all; null where the size is not configured. */
  roomBytes: number | null;
  /** Days that have to fit: those of retention and of the wait for an archive, and the one that is being dropped. */
  daysNeeded: number;
  partitionDaysAhead: number;
  /** Null: the queue is in PostgreSQL, or Redis does not tell. */
  redisMemory: MemoryUse | null;
}

type Line = Omit<CapacityLine, 'name'>;

/** A line warns when this share of its bound is reached. */
const muchOfBound = 0.8;
const fewDaysAhead = 3;
const manyDeadRows = 0.2;
const longTransactionSeconds = 3_600;

/** One line per thing that can run out, in a fixed order. */
export function assessCapacity(measured: Measured): CapacityLine[] {
  return CAPACITY_NAMES.flatMap((name) => {
    const line = assessments[name](measured);
    return line === null ? [] : [{ name, ...line }];
  });
}

const assessments = {
  rate: ({ lastHour, busiestMinute }) =>
    good(
      lastHour / 3_600,
      'per_second',
      `${round(lastHour / 3_600)} attempts per second in the last hour, ${round(busiestMinute / 60)} in the busiest minute of the last day`,
    ),
  delivery_size({ days }) {
    const bytes = bytesPerDelivery(days);
    if (bytes === null) return unknown('bytes', 'No day before today with deliveries is kept', 'Look again tomorrow.');
    return good(bytes, 'bytes', `${formatBytes(bytes)} of disk per delivery, with its event, attempts and indexes`);
  },
  retention: assessRetention,
  connections: ({ connections: { used, allowed } }) => ({
    ...upTo(used, muchOfBound * allowed, 'Raise max_connections, run fewer processes, or put a pooler in between.'),
    limit: allowed,
    unit: 'connections',
    message: `${used} of ${allowed} connections of PostgreSQL are open, by all its users`,
  }),
  partitions({ partitionDaysAhead: days }) {
    const isFew = days < fewDaysAhead;
    return {
      level: isFew ? 'warn' : 'good',
      value: days,
      limit: fewDaysAhead,
      unit: 'days',
      message: `Partitions exist for ${days} days, today included`,
      advice: isFew
        ? 'No worker makes more: its log says why (scheduler.upkeep_failed). npm run migrate makes them.'
        : null,
    };
  },
  dead_rows({ deadRows }) {
    if (deadRows === null) return good(0, 'share', 'Autovacuum keeps up: no table has many dead rows');
    return {
      ...upTo(deadRows.share, manyDeadRows, 'End transactions that stay open; raise autovacuum_vacuum_cost_limit.'),
      unit: 'share',
      message: `${Math.round(deadRows.share * 100)} % of the rows of ${deadRows.table} are dead and wait for vacuum`,
    };
  },
  oldest_transaction({ oldestTransaction: oldest }) {
    if (oldest === null) return good(0, 'seconds', 'No other transaction is open');
    const { seconds, application } = oldest;
    return {
      ...upTo(
        seconds,
        longTransactionSeconds,
        'It keeps vacuum from its work: find it in pg_stat_activity, and end it.',
      ),
      unit: 'seconds',
      message: `The oldest open transaction has run for ${Math.round(seconds)} s (${application || 'without a name'})`,
    };
  },
  // Autovacuum freezes by force from half of this on.
  transaction_ids: ({ transactionAge: { used, forcedAt } }) => ({
    ...upTo(
      used,
      2 * forcedAt,
      'Autovacuum does not get through: run VACUUM (FREEZE) before PostgreSQL refuses writes.',
    ),
    unit: 'transactions',
    message: `The oldest row that is not frozen is ${used.toLocaleString('en')} transactions old`,
  }),
  redis_memory({ redisMemory }) {
    if (redisMemory === null) return null;
    const { usedBytes, maxBytes } = redisMemory;
    if (maxBytes === null) return good(usedBytes, 'bytes', `Redis uses ${formatBytes(usedBytes)}, without a maxmemory`);
    return {
      ...upTo(usedBytes, muchOfBound * maxBytes, 'Raise maxmemory: a Redis that is full takes no jobs.'),
      limit: maxBytes,
      unit: 'bytes',
      message: `Redis uses ${formatBytes(usedBytes)} of ${formatBytes(maxBytes)}`,
    };
  },
} satisfies Record<CapacityName, (measured: Measured) => Line | null>;

function assessRetention({ days, roomBytes, daysNeeded }: Measured): Line {
  const perDay = Math.max(0, ...days.map(({ bytes }) => bytes));
  if (roomBytes === null)
    return unknown(
      'days',
      `The size of PostgreSQL's disk is not known; ${days.length} days before today take ${formatBytes(sum(days.map(({ bytes }) => bytes)))}`,
      'Set EVENTHOOKS_DATABASE_DISK to what the database may take.',
    );
  if (perDay === 0) return unknown('days', 'No day before today is kept', 'Look again tomorrow.');
  const fitting = roomBytes / perDay;
  return {
    level: fitting < daysNeeded ? 'warn' : 'good',
    value: fitting,
    limit: daysNeeded,
    unit: 'days',
    message: `${Math.floor(fitting)} days like the largest one (${formatBytes(perDay)}) fit on the disk, and ${daysNeeded} have to`,
    advice: fitting < daysNeeded ? 'Turn EVENTHOOKS_RETENTION down, or give PostgreSQL a larger disk.' : null,
  };
}

/** The newest day before today that has deliveries is the measure. */
function bytesPerDelivery(days: Measured['days']): number | null {
  const day = days.findLast(({ deliveries }) => deliveries > 0);
  return day === undefined ? null : day.bytes / day.deliveries;
}

function good(value: number, unit: Line['unit'], message: string): Line {
  return { level: 'good', value, limit: null, unit, message, advice: null };
}

function unknown(unit: Line['unit'], message: string, advice: string): Line {
  return { level: 'unknown', value: null, limit: null, unit, message, advice };
}

function upTo(value: number, most: number, advice: string): Pick<Line, 'level' | 'value' | 'limit' | 'advice'> {
  const isBeyond = value > most;
  return { level: isBeyond ? 'warn' : 'good', value, limit: most, advice: isBeyond ? advice : null };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), byteUnits.length - 1);
  return `${round(bytes / 1_000 ** power)} ${byteUnits[power]}`;
}
