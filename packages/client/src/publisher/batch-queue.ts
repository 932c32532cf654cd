import { PublishError } from './publish-error.ts';
import type { Receipt } from './receipt.ts';

/** An event as it will be sent. */
export interface QueuedEvent {
  /** The publisher's id, which makes a retry safe. */
  id: string;
  json: string;
}

/** An event with the promise of its publisher. */
export interface PendingEvent extends QueuedEvent {
  bytes: number;
  resolve(receipt: Receipt): void;
  reject(error: PublishError): void;
}

export interface BatchQueueOptions {
  maxBatchEvents: number;
  maxBatchBytes: number;
  lingerMs: number;
  maxRequests: number;
  maxQueuedEvents: number;
  maxQueuedBytes: number;
  /** Settles every event of the batch, and never rejects. */
  send(batch: readonly PendingEvent[]): Promise<void>;
}

/** Gathers events into batches: a batch leaves when it is full or its first event has waited `lingerMs`. Bounded in events and bytes. */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  #waiting: PendingEvent[] = [];
  #waitingBytes = 0;
  /** Events waiting or under way. */
  #heldEvents = 0;
  #heldBytes = 0;
  #requests = 0;
  #timer: NodeJS.Timeout | null = null;
  #isDue = false;
  #wakeUps: (() => void)[] = [];

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  add(event: QueuedEvent): Promise<Receipt> {
    const bytes = Buffer.byteLength(event.json) + 1;
    const { maxQueuedEvents, maxQueuedBytes } = this.#options;
    if (this.#heldEvents >= maxQueuedEvents || (this.#heldEvents > 0 && this.#heldBytes + bytes > maxQueuedBytes)) {
      const message = `${this.#heldEvents} events (${this.#heldBytes} bytes) wait already; await ready() before publishing more`;
      return Promise.reject(new PublishError('queue_full', message, { id: event.id }));
    }
    this.#heldEvents += 1;
    this.#heldBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...event, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#pump();
    });
  }

  /** Fulfilled when there is room for an event of any size: an event never has more than 256 KiB. */
  async ready(): Promise<void> {
    while (!this.#hasRoom()) await this.#change();
  }

  /** Fulfilled when nothing waits and nothing is under way. */
  async flush(): Promise<void> {
    while (this.#heldEvents > 0) {
      this.#isDue = true;
      this.#pump();
      await this.#change();
    }
  }

  #hasRoom(): boolean {
    const { maxQueuedEvents, maxQueuedBytes } = this.#options;
    return (
      this.#heldEvents === 0 ||
      (this.#heldEvents < maxQueuedEvents && this.#heldBytes + LARGEST_EVENT_BYTES <= maxQueuedBytes)
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUps.push(resolve);
    });
  }

  #pump(): void {
    const { maxBatchEvents, maxBatchBytes, maxRequests, lingerMs } = this.#options;
    const isFull = () => this.#waiting.length >= maxBatchEvents || this.#waitingBytes >= maxBatchBytes;
    while (this.#waiting.length > 0 && this.#requests < maxRequests && (this.#isDue || isFull())) this.#launch();
    if (this.#waiting.length === 0) {
      this.#isDue = false;
      clearTimeout(this.#timer ?? undefined);
      this.#timer = null;
    } else if (!this.#isDue) {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#isDue = true;
        this.#pump();
      }, lingerMs);
    }
  }

  #launch(): void {
    const batch = this.#takeBatch();
    const batchBytes = batch.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#requests += 1;
    void this.#options.send(batch).then(() => {
      this.#requests -= 1;
      this.#heldEvents -= batch.length;
      this.#heldBytes -= batchBytes;
      for (const wake of this.#wakeUps.splice(0)) wake();
      this.#pump();
    });
  }

  #takeBatch(): PendingEvent[] {
    const { maxBatchEvents, maxBatchBytes } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const event of this.#waiting) {
      if (count >= maxBatchEvents || (count > 0 && bytes + event.bytes > maxBatchBytes)) break;
      count += 1;
      bytes += event.bytes;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

/** 256 KiB of data and the fields around them. */
const LARGEST_EVENT_BYTES = 260 * 1024;
