import type pg from 'pg';

/** Rows newest first. */
export interface SearchPage<Row> {
  rows: Row[];
  /** The id down to which everything was looked at, where older rows are left; null when none are. */
  lookedAtTo: string | null;
}

/** The bounds of a filter as ids: `from` inclusive, `before` exclusive. */
interface Bounds {
  from?: string;
  before?: string;
}

export interface Statement {
  text: string;
  values: unknown[];
}

/** Rows that are looked at together. */
export interface Step {
  last: string;
  /** Whether no row is left after them. */
  isLast: boolean;
}

export interface StepTools<Filter, Row, Found extends Step> {
  /** How many rows the first step has, and the most that a later one has. Each has up to four times as many as the one before. */
  stepRows: { first: number; most: number };
  /** The next rows; null when there are none. */
  readStep(filter: Filter, rows: number): Promise<Found | null>;
  /** The rows of a step that fit, at most `limit`. `cutAt` is the last of them where there may be more. */
  readFitting(filter: Filter, step: Found, limit: number): Promise<{ rows: Row[]; cutAt: string | null }>;
}

/** No further step begins after this, so that an answer comes soon. A step takes a few hundredths of a second. */
const budgetMs = 250;

/**
 * Looks at rows step by step, newest first, until the page is full or the time is over. For conditions without an index: one that
 * few rows meet would have a single statement read all of them. The next page goes on where this one stopped.
 */
export async function lookStepByStep<Filter extends Bounds, Row, Found extends Step>(
  filter: Filter,
  limit: number,
  { stepRows, readStep, readFitting }: StepTools<Filter, Row, Found>,
): Promise<SearchPage<Row>> {
  const deadline = performance.now() + budgetMs;
  const rows: Row[] = [];
  let place = filter;
  for (let count = stepRows.first; ; count = Math.min(count * 4, stepRows.most)) {
    const step = await readStep(place, count);
    if (step === null) return { rows, lookedAtTo: null };
    const fitting = await readFitting({ ...place, from: step.last }, step, limit - rows.length);
    rows.push(...fitting.rows);
    if (fitting.cutAt === null && step.isLast) return { rows, lookedAtTo: null };
    const lookedAtTo = fitting.cutAt ?? step.last;
    if (rows.length >= limit || performance.now() > deadline) return { rows, lookedAtTo };
    place = { ...place, before: lookedAtTo };
  }
}

/** The step of the first `rows` rows of a statement, which gives as many at most. */
export async function readStepOf(pool: pg.Pool, page: Statement, rows: number): Promise<Step | null> {
  const result = await pool.query<{ last: string; count: number }>(
    `SELECT id AS last, (count(*) OVER ())::int AS count FROM (${page.text}) AS page ORDER BY id LIMIT 1`,
    page.values,
  );
  const [row] = result.rows;
  return row ? { last: row.last, isLast: row.count < rows } : null;
}
