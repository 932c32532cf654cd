import type { Api } from './api.ts';
import { formatTime } from './output.ts';
import { startProgress } from './progress.ts';

/** The options by which lists of events and deliveries are searched. */
export interface SearchOptions {
  search?: string;
  where?: string;
}

type Searched = 'GET /deliveries' | 'GET /events';
type Given<E extends Searched> = Parameters<typeof Api.prototype.pages<E>>;

/** The rows of a list. A search may go through many of them, so it shows how many were found, and how far back it has come. */
export async function findRows<E extends Searched>(api: Api, label: string, ...given: Given<E>) {
  const progress = startProgress(label);
  try {
    const rows = [];
    for await (const { data, looked_at_to } of api.pages(...given)) {
      rows.push(...data);
      const detail = looked_at_to === undefined ? undefined : `back to ${formatTime(looked_at_to)}`;
      progress.update(rows.length, null, detail);
    }
    return rows;
  } finally {
    progress.end();
  }
}
