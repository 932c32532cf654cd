import { capacitySchema, type PrintedCapacity } from '@eventhooks/contract';
import { countPartitionDaysAhead, readCapacity } from '@eventhooks/database';
import { assessCapacity } from '../capacity/assess.ts';
import { readRoom } from '../capacity/disk.ts';
import { defineRoute } from '../http/route.ts';
import { requireInstallation } from './read-system.ts';

const dayMs = 86_400_000;

export const readCapacityRoute = defineRoute({
  method: 'get',
  path: '/system/capacity',
  operation: 'readCapacity',
  document: {
    summary: 'See what runs out first',
    description:
      'What was measured of disk, connections, partitions, vacuum and Redis. Closed to tokens of one workspace.',
    tag: 'System',
    responses: { 200: { description: 'A line for each thing that can run out.', schema: capacitySchema } },
  },
  async handle({ context, actor }) {
    requireInstallation(actor);
    const { database, queue, config } = context;
    const [facts, partitionDaysAhead, redisMemory] = await Promise.all([
      readCapacity(database),
      countPartitionDaysAhead(database.pool),
      queue.readMemory().catch(() => null),
    ]);
    const roomBytes = await readRoom(config.databaseDisk, facts.databaseBytes);
    const daysNeeded = Math.ceil(config.keptMs / dayMs) + 1;
    const data = assessCapacity({ ...facts, roomBytes, daysNeeded, partitionDaysAhead, redisMemory });
    const body: PrintedCapacity = { measured_at: new Date().toISOString(), data };
    return { status: 200, body };
  },
});
