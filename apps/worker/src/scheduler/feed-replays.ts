import { type FeedableReplay, feedReplay, listFeedableReplays } from '@eventhooks/database';
import { type BackfillTools, feedOneBackfill } from './feed-backfill.ts';
import { keyReplayed } from './key-replayed.ts';

/** Replays that are fed together. */
const replaysPerFeed = 2;
/** Deliveries of one replay that are handed over together. Anything behind live traffic may take its time. */
const mostPerFeed = 500;
/** A backlog with this many due deliveries gets no more, so that a replay is never far ahead of what was sent. */
const shortBacklog = 250;
/** A replay that finds little to hand over is searched for this long. */
const searchMs = 200;

export interface ReplayFeeder {
  /** Hands over the next deliveries of running replays, at most once in each `everyMs`. */
  feed(): Promise<void>;
}

/**
 * Replays go through the backlogs of their hooks, a little at a time. So memory is bounded, and new events never stand
 * behind a whole replay.
 */
export function createReplayFeeder(tools: BackfillTools, everyMs: number): ReplayFeeder {
  const { pool } = tools.database;
  let nextAt = 0;
  return {
    async feed() {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + everyMs;
      const replays = await listFeedableReplays(pool, { limit: replaysPerFeed, shortLine: shortBacklog });
      for (const replay of replays) await feedOne(replay);
    },
  };

  async function feedOne({ id, rate_limit, scope, hook_id: hookId }: FeedableReplay): Promise<void> {
    const endsAt = performance.now() + searchMs;
    // New events would wait for long behind more than the rate takes in twice this time.
    const mostByRate = Math.ceil((2 * (rate_limit ?? mostPerFeed) * everyMs) / 1_000);
    let left = Math.min(mostPerFeed, Math.max(1, mostByRate));
    while (left > 0 && performance.now() < endsAt) {
      if (scope === 'deliveries') await keyReplayed({ id, hookId }, left, tools);
      const fed = scope === 'events' ? await feedOneBackfill(id, left, tools) : await feedReplay(pool, id, left);
      if (fed === null) return;
      left -= fed;
    }
  }
}
