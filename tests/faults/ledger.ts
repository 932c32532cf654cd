import { deliveryIdOf } from '@eventhooks/database';

/** Hooks of one installation, by what the suite expects of them. */
export interface LedgerHooks {
  /** Match every event of their name. The key is the event's name. */
  always: Record<EventKind, string>;
  /** Snoozed for longer than the suite runs: fires once, and once more for each loss of Redis's data. */
  snoozed: string;
}

export const eventKinds = ['consumers', 'routes'] as const;
export type EventKind = (typeof eventKinds)[number];

/** Accepted events and arrivals: the two sides of the promise. */
export class Ledger {
  readonly #hooks: LedgerHooks;
  /** Deliveries promised by a 202 that have not arrived yet, and when they were promised. */
  readonly #outstanding = new Map<string, number>();
  /** Arrivals by `webhook-id`. */
  readonly #arrivals = new Map<string, number>();
  readonly #snoozedFirings = new Set<string>();
  /** Ids of events that a 202 (or a 200 for a duplicate) named. */
  readonly accepted = new Set<string>();
  #repeats = 0;

  constructor(hooks: LedgerHooks) {
    this.#hooks = hooks;
  }

  accept(eventId: string, kind: EventKind): void {
    if (this.accepted.has(eventId)) return;
    this.accepted.add(eventId);
    const id = deliveryIdOf(eventId, this.#hooks.always[kind]);
    if (!this.#arrivals.has(id)) this.#outstanding.set(id, performance.now());
  }

  arrive(webhookId: string, path: string): void {
    if (path === '/snoozed') {
      this.#snoozedFirings.add(webhookId);
      return;
    }
    const before = this.#arrivals.get(webhookId) ?? 0;
    if (before > 0) this.#repeats += 1;
    this.#arrivals.set(webhookId, before + 1);
    this.#outstanding.delete(webhookId);
  }

  /** The number of repeats. */
  get repeats(): number {
    return this.#repeats;
  }

  get snoozedFirings(): number {
    return this.#snoozedFirings.size;
  }

  /** Deliveries promised before `time` (of performance.now) that have not arrived. */
  missing(time = Number.POSITIVE_INFINITY): string[] {
    return [...this.#outstanding].filter(([, promisedAt]) => promisedAt <= time).map(([id]) => id);
  }
}
