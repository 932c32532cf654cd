import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';
import { claimWith, type Decide, pairOf, snoozeMsOf } from './claim-plan.ts';
import type { Suppression } from './suppression.ts';

export interface RedisSuppressionOptions {
  /** A claim waits for an answer as long as its commands do: one that fails fast while there is no connection. */
  redis: Redis | Cluster;
  /** Of all keys. Becomes their hash tag unless it holds one. */
  prefix: string;
  /** Fake time for tests; the server's clock when not given. */
  nowMs?: () => number;
  /**
   * Digests remembered for one hook that has both snooze and on_change, so that a publisher of ever new data cannot fill
   * Redis. Beyond it those are forgotten whose snooze ends first, and may fire early.
   */
  maxDigestsPerHook?: number;
}

/**
 * What nobody asked about for so long is forgotten: a batch that was never released, an idle hook (which adds its snooze).
 * Not sooner: a batch whose worker died before a long outage would then be judged by its own lost firings.
 */
const keepMs = 30 * 86_400_000;

const script = readFileSync(new URL('./claim-firings.lua', import.meta.url), 'utf8');
const scriptHash = hash('sha1', script);

/**
 * Suppression by a Lua script on Redis 6.2 or later, or Valkey: one call for up to 2,000 requests.
 *
 * On Redis Cluster all keys of a prefix lie in one slot: a batch's hooks are decided in one atomic step, which a script
 * can take within a slot only. One node's script decides more firings a second than a cluster's workers deliver.
 *
 * When Redis loses its data, each hook and digest fires at most once more than it should.
 */
export function createRedisSuppression(options: RedisSuppressionOptions): Suppression {
  const { redis, nowMs, maxDigestsPerHook: maxDigests = 100_000 } = options;
  const prefix = /^[^{]*\{[^}]+\}/.test(options.prefix) ? options.prefix : `{${options.prefix}}`;
  const batchKey = (batchId: string) => `${prefix}:firing:batch:${batchId}`;

  const decide: Decide = async (batchId, requests) => {
    const indexes = new Map<string, number>();
    const keys = [batchKey(batchId)];
    const hooks: [snoozeMs: number, onChange: boolean][] = [];
    const pairs: [hook: number, pair: string, digest: string][] = [];
    for (const request of requests) {
      const { hookKey, onChange, digest } = request;
      let index = indexes.get(hookKey);
      if (index === undefined) {
        index = hooks.push([snoozeMsOf(request) ?? 0, onChange]);
        indexes.set(hookKey, index);
        keys.push(`${prefix}:firing:hook:${hookKey}`, `${prefix}:firing:digests:${hookKey}`);
      }
      pairs.push([index, pairOf(request), digest]);
    }
    const plan = JSON.stringify({ keepMs, maxDigests, hooks, requests: pairs });
    return runScript(redis, keys, [nowMs === undefined ? '' : String(nowMs()), plan]);
  };
  return {
    claim: (batchId, requests) => claimWith(decide, batchId, requests),
    release: async (batchId) => {
      await redis.unlink(batchKey(batchId));
    },
    close: async () => {},
  };
}

/** By its hash; in full where Redis does not know it (any more). */
async function runScript(redis: Redis | Cluster, keys: string[], args: string[]): Promise<string[]> {
  let answer: unknown;
  try {
    answer = await redis.evalsha(scriptHash, keys.length, ...keys, ...args);
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error;
    answer = await redis.eval(script, keys.length, ...keys, ...args);
  }
  if (!Array.isArray(answer)) throw new Error('The firing script gave no list');
  return answer.map(String);
}
