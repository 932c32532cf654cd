import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, type IQueueBackend, type JobProgress, type RedisQueueBackend, Worker } from 'bullmq';

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * A worker that pauses after each failed statement, longer each time, until one succeeds. BullMQ itself pauses only while its
 * connection is lost. It repeats a statement that the store refuses without a pause or an end, and the errors fill memory
 * and log.
 *
 * This is a class because BullMQ lets only a subclass act between its fetches.
 */
export class PausingWorker<T, B extends IQueueBackend = RedisQueueBackend, C = ConnectionOptions> extends Worker<
  T,
  unknown,
  string,
  B,
  JobProgress,
  C
> {
  #pauseMs = firstPauseMs;
  readonly #closing = new AbortController();

  protected override async moveToActive(token: string, name?: string) {
    try {
      const job = await super.moveToActive(token, name);
      this.#pauseMs = firstPauseMs;
      return job;
    } catch (error) {
      await this.#pause();
      throw error;
    }
  }

  /** BullMQ gives no length after a wait for jobs that failed. */
  override async delay(milliseconds?: number, abortController?: AbortController): Promise<void> {
    if (milliseconds === undefined) await this.#pause();
    else await super.delay(milliseconds, abortController);
  }

  /**
   * No wait for jobs is longer than `drainDelay`. After a failure BullMQ waits for an hour, or until it is notified. That may be
   * for ever where the wait began on a server that was demoted.
   */
  protected override getBlockTimeout(blockUntil: number): number {
    return Math.min(super.getBlockTimeout(blockUntil), this.opts.drainDelay ?? longestPauseMs / 1_000);
  }

  override async close(force?: boolean): Promise<void> {
    this.#closing.abort();
    await super.close(force);
  }

  async #pause(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}
