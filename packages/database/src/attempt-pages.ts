import { hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { idOfDigest, timeOfId } from './ids.ts';
import type { Row } from './schema.ts';

/** `request` and `response` are JSON text. `delivery_id` is the id of a delivery, or of a batch. */
export type StoredAttempt = Row<'attempts'>;

/** Attempts of one day that are stored as one compressed row. */
export interface AttemptPage {
  /** A function of its content, so that a page that is written again is the same page. */
  id: string;
  content: Buffer;
}

/** The first byte of a page names its form, so that a later release can write another one and still read this one. */
const formOfPage = 1;
/** Higher levels save a tenth of the bytes, for two to ten times the processor's time. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** How the attempts of one statement are stored. */
export interface PagedAttempts {
  pages: AttemptPage[];
  /** The attempts of the pages. */
  together: StoredAttempt[];
  /** The page of an attempt by its `delivery_id`. */
  pageOf: ReadonlyMap<string, string>;
  /** Attempts that are rows of their own. */
  single: StoredAttempt[];
}

const dayMs = 86_400_000;
/** Fewer attempts than these are written as rows: a page of them costs more than it saves. */
const leastTogether = 4;

/** Divides attempts, one for each `delivery_id`, into pages and single ones. A page belongs to one day, so that it is dropped with its deliveries. */
export function pageAttempts(attempts: readonly StoredAttempt[]): PagedAttempts {
  const pages: AttemptPage[] = [];
  const together: StoredAttempt[] = [];
  const pageOf = new Map<string, string>();
  const single: StoredAttempt[] = [];
  for (const group of Map.groupBy(attempts, dayOf).values()) {
    if (group.length < leastTogether) {
      single.push(...group);
      continue;
    }
    const page = makePage(group);
    pages.push(page);
    together.push(...group);
    for (const { delivery_id } of group) pageOf.set(delivery_id, page.id);
  }
  return { pages, together, pageOf, single };
}

function dayOf({ delivery_id }: StoredAttempt): number {
  return Math.floor(timeOfId(delivery_id) / dayMs);
}

/** An attempt without its texts: its columns in the order of `StoredAttempt`, then the lengths of request and response. */
type Head = [
  deliveryId: string,
  number: number,
  startedAtMs: number,
  durationMs: number,
  ok: boolean,
  errorCode: string | null,
  errorMessage: string | null,
  requestLength: number | null,
  responseLength: number | null,
];

/**
 * A page of attempts whose deliveries are of one day. Its text is a line with all heads, then the requests and responses one after
 * another: what is alike in them is then close together.
 *
 * @throws RangeError when there is no attempt.
 */
export function makePage(attempts: readonly StoredAttempt[]): AttemptPage {
  const [first] = attempts;
  if (!first) throw new RangeError('a page needs an attempt');
  const heads = attempts.map(
    (attempt): Head => [
      attempt.delivery_id,
      attempt.number,
      attempt.started_at.getTime(),
      attempt.duration_ms,
      attempt.ok,
      attempt.error_code,
      attempt.error_message,
      attempt.request?.length ?? null,
      attempt.response?.length ?? null,
    ],
  );
  let text = `${JSON.stringify(heads)}\n`;
  for (const { request, response } of attempts) text += (request ?? '') + (response ?? '');
  const content = Buffer.concat([Buffer.of(formOfPage), zstdCompressSync(text, compression)]);
  return { id: idOfDigest(first.delivery_id, hash('sha256', content)), content };
}

/** @throws Error when the page was written by a later release. */
export function readPage(content: Buffer): StoredAttempt[] {
  if (content[0] !== formOfPage) throw new Error(`a page of attempts has the unknown form ${content[0]}`);
  const text = zstdDecompressSync(content.subarray(1)).toString();
  const headEnd = text.indexOf('\n');
  const heads: Head[] = JSON.parse(text.slice(0, headEnd));
  let position = headEnd + 1;
  const take = (length: number | null): string | null => {
    if (length === null) return null;
    position += length;
    return text.slice(position - length, position);
  };
  return heads.map(
    ([delivery_id, number, startedAtMs, duration_ms, ok, error_code, error_message, request, response]) => ({
      ...{ delivery_id, number, started_at: new Date(startedAtMs), duration_ms, ok, error_code, error_message },
      request: take(request),
      response: take(response),
    }),
  );
}
