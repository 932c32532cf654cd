import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { currentTestRun } from './test-run.ts';

/** The shared Redis. Flush or stop one of your own only (`startRedis`). */
export function redisUrl(): string {
  return currentTestRun().redisUrl;
}

/**
 * A prefix for keys and queues for one test file alone. Every key that holds it is removed after the file's tests, so
 * call this at the top level of the test file or in a `describe`.
 */
export function uniquePrefix(): string {
  const prefix = `test-${randomUUID()}`;
  afterAll(() => removeKeys(prefix));
  return prefix;
}

async function removeKeys(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl());
  try {
    for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
