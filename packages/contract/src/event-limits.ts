/** Bounds of publishing. */
export const EVENT_LIMITS = {
  requestBytes: 8 * 1024 * 1024,
  /** The size of `data` as JSON in UTF-8, without white space. */
  eventBytes: 256 * 1024,
  /** `data` itself is the first level. */
  depth: 32,
  events: 1_000,
  idLength: 255,
  /** The length of a source's and of an event's name, in characters. */
  nameLength: 512,
} as const;

/** The most own events of a workspace: every admin and worker keeps them in memory. */
export const MAX_SOURCE_EVENTS = 1_000;

/** An entry of PostgreSQL's indexes holds less than 2,704 bytes: a source, an event or an id, a workspace, and their headers. */
export const MAX_PAIR_BYTES = 2_400;

/** The source of Eventhooks' own events: an alert that anyone could publish would be worth nothing. */
export const OWN_SOURCE = 'eventhooks';
