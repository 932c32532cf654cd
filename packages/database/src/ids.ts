import { hash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7 (RFC 9562): sortable by time, and so by partition. */
export function newId(): string {
  return v7();
}

/**
 * The id of the delivery of one event to one hook: the event's timestamp, then a hash of the pair, laid out as a UUIDv7.
 * Being a function of the pair it is the key that makes recording idempotent, and the same on every run and attempt
 * (`webhook-id`); sharing the event's timestamp it lives in the same day's partition.
 */
export function deliveryIdOf(eventId: string, hookId: string): string {
  const digest = hash('sha256', eventId + hookId);
  return `${eventId.slice(0, 13)}-7${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
}

/** The smallest UUIDv7 of a time (ms since the epoch): the lower bound of everything made at or after it. */
export function firstIdAt(timeMs: number): string {
  const hex = Math.max(0, Math.trunc(timeMs)).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The time, in ms since the epoch, that a UUIDv7 was made at. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
