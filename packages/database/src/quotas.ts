import type pg from 'pg';

/** The limit of a token, a workspace or an inbound endpoint. */
export interface Quota {
  /** The id of its owner. */
  id: string;
  /** Events per second. */
  rate: number;
  /** Events at once, after a rest. */
  burst: number;
}

export interface QuotaRequest {
  /** One or two. */
  quotas: readonly Quota[];
  events: number;
}

/** Null: the request passes. */
export type QuotaRefusal = { waitMs: number; by: Quota } | null;

/** Takes the events of requests from their quotas, in the order of the requests, one statement for all. No two callers get the same events. */
export async function takeQuotas(pool: pg.Pool, requests: readonly QuotaRequest[]): Promise<QuotaRefusal[]> {
  const byId = new Map(requests.flatMap(({ quotas }) => quotas.map((quota) => [quota.id, quota] as const)));
  const quotas = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  // PostgreSQL counts from 1.
  const places = new Map(quotas.map(({ id }, index) => [id, index + 1]));
  const placeOf = (quota: Quota | undefined) => (quota === undefined ? null : (places.get(quota.id) ?? null));
  const { rows } = await pool.query<{ waits_ms: number[]; refused_by: (number | null)[] }>({
    name: 'take-quotas',
    text: 'SELECT * FROM take_quotas($1, $2, $3, $4, $5, $6)',
    values: [
      quotas.map(({ id }) => id),
      quotas.map(({ rate }) => rate),
      quotas.map(({ burst }) => burst),
      requests.map((request) => placeOf(request.quotas[0])),
      requests.map((request) => placeOf(request.quotas[1])),
      requests.map(({ events }) => events),
    ],
  });
  const [taken] = rows;
  return requests.map((_, index) => {
    const by = quotas[(taken?.refused_by[index] ?? 0) - 1];
    return by === undefined ? null : { waitMs: taken?.waits_ms[index] ?? 0, by };
  });
}
