import { deliveryIdOf } from '@eventhooks/database';

/** Hooks of one installation, by what the suite expects of them. */
export interface LedgerHooks {
  /** Match every event of their name. The key is the event's name. */
  always: Record<EventKind, string>;
  /** Snoozed for longer than the suite runs: fires once, and once more for each loss of Redis's data. */
  snoozed: string;
  /** Hears of consumers, and is delivered to in order, by the publisher's lane. */
  ordered: string;
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
  /** Deliveries of the ordered hook in the order in which each lane's events were accepted. */
  readonly #ordered = new Map<number, string[]>();
  /** When each of these was first seen, as a number that grows. */
  readonly #firstSights = new Map<string, number>();

  constructor(hooks: LedgerHooks) {
    this.#hooks = hooks;
  }

  /** A lane publishes one request after the other, so its events are accepted in the order of these calls. */
  accept(eventId: string, kind: EventKind, lane: number): void {
    if (this.accepted.has(eventId)) return;
    this.accepted.add(eventId);
    const id = deliveryIdOf(eventId, this.#hooks.always[kind]);
    if (!this.#arrivals.has(id)) this.#outstanding.set(id, performance.now());
    if (kind !== 'consumers') return;
    const ordered = deliveryIdOf(eventId, this.#hooks.ordered);
    const ids = this.#ordered.get(lane) ?? [];
    ids.push(ordered);
    this.#ordered.set(lane, ids);
    if (!this.#firstSights.has(ordered)) this.#outstanding.set(ordered, performance.now());
  }

  arrive(webhookId: string, path: string): void {
    if (path === '/snoozed') {
      this.#snoozedFirings.add(webhookId);
      return;
    }
    if (path === '/ordered') {
      if (!this.#firstSights.has(webhookId)) this.#firstSights.set(webhookId, this.#firstSights.size);
      this.#outstanding.delete(webhookId);
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

  /** Deliveries of the ordered hook that were first seen before one that was accepted earlier in their lane. */
  findOvertakings(): string[] {
    return [...this.#ordered.values()].flatMap((ids) => {
      const sights = ids.map((id) => this.#firstSights.get(id) ?? Number.POSITIVE_INFINITY);
      return ids.slice(1).filter((_, index) => (sights[index + 1] ?? 0) < (sights[index] ?? 0));
    });
  }

  get orderedCount(): number {
    return this.#firstSights.size;
  }

  /** Deliveries promised before `time` (of performance.now) that have not arrived. */
  missing(time = Number.POSITIVE_INFINITY): string[] {
    return [...this.#outstanding].filter(([, promisedAt]) => promisedAt <= time).map(([id]) => id);
  }
}
