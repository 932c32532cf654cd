import { parseKeepingNumbers, stringifyExact } from '@eventhooks/contract/exact-json';
import { CommandFailure, EXIT } from './exit-codes.ts';

export interface ApiOptions {
  url: string;
  token: string | null;
  workspace: string | null;
}

export type ApiAnswer =
  | { ok: true; status: number; body: unknown }
  | { ok: false; kind: 'refused' | 'failed'; status: number; message: string; body: unknown }
  | { ok: false; kind: 'unreachable'; message: string };

export type Query = Record<string, string | number | undefined>;

export interface Page {
  data: unknown[];
  next: string | null;
}

/** A ping or a test waits up to 30 s for a worker. */
const REQUEST_TIMEOUT_MS = 45_000;

/** The Admin API as the command uses it. */
export class Api {
  readonly url: string;
  readonly workspace: string | null;
  readonly #token: string | null;

  constructor({ url, token, workspace }: ApiOptions) {
    this.url = url.replace(/\/+$/, '');
    this.workspace = workspace;
    this.#token = token;
  }

  get hasToken(): boolean {
    return this.#token !== null;
  }

  /** The headers that open the API, for those who call it in another way. */
  headers(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** The URL of a path behind the workspace. */
  at(path: string): string {
    return this.workspace === null ? this.url + path : `${this.url}/${encodeURIComponent(this.workspace)}${path}`;
  }

  /** One request; whatever happens is a value. */
  async request(method: string, path: string, body?: unknown, timeoutMs = REQUEST_TIMEOUT_MS): Promise<ApiAnswer> {
    const url = this.at(path);
    try {
      const response = await fetch(url, {
        method,
        headers: { ...this.headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: stringifyExact(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      const { status } = response;
      const answer = parse(text);
      if (response.ok) return { ok: true, status, body: answer };
      const message = `${method} ${url} answered ${status}: ${messageOf(answer) ?? text.slice(0, 200)}`;
      return { ok: false, kind: status < 500 ? 'refused' : 'failed', status, message, body: answer };
    } catch (error) {
      return { ok: false, kind: 'unreachable', message: `${url} cannot be reached: ${describe(error)}` };
    }
  }

  /** @throws {CommandFailure} for every answer but a 2xx. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    return expectOk(await this.request(method, path, body));
  }

  get(path: string, query: Query = {}): Promise<unknown> {
    return this.call('GET', withQuery(path, query));
  }

  /** Every row of a list, page by page, at most `limit` of them. */
  async *list(path: string, query: Query = {}, limit = Number.POSITIVE_INFINITY): AsyncGenerator<unknown> {
    let left = limit;
    let next: string | null = withQuery(path, { ...query, size: Math.min(1_000, left) });
    while (next !== null && left > 0) {
      const page = readPage(await this.call('GET', next));
      for (const row of page.data.slice(0, left)) yield row;
      left -= page.data.length;
      next = page.next === null ? null : withoutWorkspace(page.next, this.workspace);
    }
  }
}

/** @throws {CommandFailure} for every answer but a 2xx, with what can be done where that is plain. */
export function expectOk(answer: ApiAnswer): unknown {
  if (answer.ok) return answer.body;
  if (answer.kind === 'unreachable') {
    throw new CommandFailure(
      EXIT.unavailable,
      `${answer.message}\nIs it running (npm start)? Another address is given by --url or EVENTHOOKS_URL.`,
    );
  }
  const hint = answer.status === 401 ? '\nGive a token by --token or EVENTHOOKS_TOKEN.' : '';
  throw new CommandFailure(answer.kind === 'refused' ? EXIT.refused : EXIT.unavailable, answer.message + hint);
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] satisfies [string, string]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function readPage(body: unknown): Page {
  if (isRecord(body) && Array.isArray(body.data)) {
    return { data: body.data, next: typeof body.next === 'string' ? body.next : null };
  }
  throw new CommandFailure(EXIT.unavailable, 'The answer is no list; is this an Eventhooks server?');
}

/** `next` is a path from the root, the workspace included. */
function withoutWorkspace(path: string, workspace: string | null): string {
  const prefix = workspace === null ? '' : `/${encodeURIComponent(workspace)}`;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : parseKeepingNumbers(text);
  } catch {
    return text;
  }
}

function messageOf(body: unknown): string | null {
  return isRecord(body) && typeof body.message === 'string' ? body.message : null;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join('; ');
  return cause instanceof Error ? cause.message || cause.name : error.message;
}
