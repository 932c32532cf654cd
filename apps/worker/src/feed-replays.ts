import { type Database, type FeedableReplay, feedReplay, listFeedableReplays } from '@eventhooks/database';

/** Replays that are fed in one round. */
const replaysOfRound = 2;
/** Deliveries of one replay that a round hands over: what is behind live traffic takes its time. */
const roundDeliveries = 500;
/** A line with this many due deliveries gets no more: so a replay is never far ahead of what was sent. */
const shortLine = 250;
/** A replay that finds little to hand over goes on for this long in one round. */
const roundMs = 200;

export interface ReplayFeeder {
  /** Hands over the next deliveries of running replays; not more often than each `everyMs`. */
  feed(): Promise<void>;
}

/** Replays go through their hooks' lines, a little at a time: bounded memory, and new events never stand behind them all. */
export function createReplayFeeder({ pool }: Database, everyMs: number): ReplayFeeder {
  let nextAt = 0;
  return {
    async feed() {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + everyMs;
      const replays = await listFeedableReplays(pool, { limit: replaysOfRound, shortLine });
      for (const replay of replays) await feedOne(replay);
    },
  };

  async function feedOne({ id, rate_limit }: FeedableReplay): Promise<void> {
    const endsAt = performance.now() + roundMs;
    // No more than its rate takes in two rounds, or new events would wait for long.
    let left = Math.min(
      roundDeliveries,
      Math.max(1, Math.ceil((2 * (rate_limit ?? roundDeliveries) * everyMs) / 1_000)),
    );
    while (left > 0 && performance.now() < endsAt) {
      const fed = await feedReplay(pool, id, left);
      if (fed === null) return;
      left -= fed;
    }
  }
}
