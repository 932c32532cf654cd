import type { Endpoints, Page, PrintedReceipt, SearchPage } from '@eventhooks/contract';
import { ExactNumber, parseLossless, stringifyExact } from '@eventhooks/contract/exact-json';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from './exit-codes.ts';

export interface ApiOptions {
  url: string;
  token: string | null;
  workspace: string | null;
}

/** A method and a path as the contract's table of endpoints has them: `GET /deliveries/{id}`. */
type Endpoint = keyof Endpoints;
type Answer<E extends Endpoint> = Endpoints[E]['answer'];
type Lists = { [E in Endpoint]: Answer<E> extends Page<unknown> ? E : never }[Endpoint];
type Row<E extends Lists> = Answer<E> extends Page<infer T> ? T : never;

type Query = Readonly<Record<string, string | number | undefined>>;
interface Given {
  params?: Record<string, string>;
  query?: Query;
  body?: unknown;
  timeoutMs?: number;
}
/** The parts of a call: parameters of the path, a query and a body, as far as the endpoint has them. */
type GivenTo<E extends Endpoint> = Given &
  (E extends `${string}{${string}` ? { params: Record<string, string> } : { params?: never }) &
  (Endpoints[E] extends { query: infer Query } ? { query?: Query } : { query?: never }) &
  (Endpoints[E] extends { body: infer Body } ? { body: Body } : { body?: never });
type Rest<E extends Endpoint> = Record<never, never> extends GivenTo<E> ? [given?: GivenTo<E>] : [given: GivenTo<E>];

export type ApiAnswer<T> =
  | { ok: true; status: number; body: T }
  | { ok: false; kind: 'refused' | 'failed'; status: number; message: string; body: Record<string, unknown> | null }
  | { ok: false; kind: 'unreachable'; message: string };

/** A ping or a test waits up to 30 s for a worker. */
const requestTimeoutMs = 45_000;
const maxPageSize = 1_000;

/** A client of the Admin API. */
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

  /** The headers that authorize a call, for callers that do not use `request`. */
  headers(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** The URL of a path behind the workspace. */
  at(path: string): string {
    return this.workspace === null ? this.url + path : `${this.url}/${encodeURIComponent(this.workspace)}${path}`;
  }

  /** Makes one request; every outcome is a value, and nothing is thrown. */
  request<E extends Endpoint>(endpoint: E, ...[given]: Rest<E>): Promise<ApiAnswer<Answer<E>>> {
    const [method = '', template = ''] = endpoint.split(' ');
    const { params = {}, query = {}, body, timeoutMs }: Given = given ?? {};
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    return this.#send(method, this.at(withQuery(path, query)), body, timeoutMs);
  }

  /** @throws {CommandFailure} for every answer but a 2xx. */
  async call<E extends Endpoint>(endpoint: E, ...given: Rest<E>): Promise<Answer<E>> {
    return expectOk(await this.request(endpoint, ...given));
  }

  /** The pages of a list, with at most `limit` rows in all. @throws {CommandFailure} as `call`. */
  async *pages<E extends Lists>(
    endpoint: E,
    query: Query = {},
    limit = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<SearchPage<Row<E>>> {
    const path = endpoint.replace('GET ', '');
    const size = Math.min(maxPageSize, limit);
    let left = limit;
    let offset: string | undefined;
    do {
      const page: SearchPage<Row<E>> = expectOk(
        await this.#send('GET', this.at(withQuery(path, { ...query, size, offset }))),
      );
      yield { ...page, data: page.data.slice(0, left) };
      left -= page.data.length;
      offset = page.offset;
    } while (offset !== undefined && left > 0);
  }

  /** The rows of all pages together. */
  async all<E extends Lists>(...given: Parameters<typeof this.pages<E>>): Promise<Row<E>[]> {
    const rows: Row<E>[] = [];
    for await (const { data } of this.pages(...given)) rows.push(...data);
    return rows;
  }

  /** The body of an answer that is a stream, such as an export. @throws {CommandFailure} for every answer but a 2xx. */
  async fetchStream(path: string): Promise<ReadableStream> {
    const url = this.at(path);
    const response = await fetch(url, { headers: this.headers() }).catch((error: unknown) => {
      const message = `${url} cannot be reached: ${describeCause(error)}`;
      return expectOk<Response>({ ok: false, kind: 'unreachable', message });
    });
    const { body, ok, status } = response;
    if (ok && body !== null) return body;
    const answer = parseObject(await response.text());
    const kind = status >= 400 && status < 500 ? 'refused' : 'failed';
    const message = `GET ${url} answered ${status}: ${answer?.message ?? 'no body'}`;
    return expectOk({ ok: false, kind, status, message, body: answer });
  }

  /** Answers that are JSON or empty, as an Eventhooks server's are, are trusted to follow the contract. */
  async #send<T>(method: string, url: string, body?: unknown, timeoutMs = requestTimeoutMs): Promise<ApiAnswer<T>> {
    try {
      const response = await fetch(url, {
        method,
        headers: { ...this.headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: stringifyExact(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      const { status, ok } = response;
      const answer = parseObject(text);
      if (ok && (answer !== null || status === 204)) return { ok, status, body: answer as T };
      const reason = ok ? 'no JSON object; is this an Eventhooks server?' : (answer?.message ?? text.slice(0, 200));
      const kind = status >= 400 && status < 500 ? 'refused' : 'failed';
      return { ok: false, kind, status, message: `${method} ${url} answered ${status}: ${reason}`, body: answer };
    } catch (error) {
      return { ok: false, kind: 'unreachable', message: `${url} cannot be reached: ${describeCause(error)}` };
    }
  }
}

/** @throws {CommandFailure} for every answer but a 2xx, with a hint where one is known. */
export function expectOk<T>(answer: ApiAnswer<T>): T {
  if (answer.ok) return answer.body;
  if (answer.kind === 'unreachable') {
    throw new CommandFailure(
      EXIT.unavailable,
      `${answer.message}\nIs it running (npm start)? To use another server: --url, EVENTHOOKS_URL, or eventhooks login.`,
    );
  }
  const hint =
    answer.status === 401 ? '\nGive a token with --token or EVENTHOOKS_TOKEN, or save one with: eventhooks login' : '';
  throw new CommandFailure(answer.kind === 'refused' ? EXIT.refused : EXIT.unavailable, answer.message + hint);
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] satisfies [string, string]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The receipts of a publication, whether of one event or of a list. */
export function listReceipts(answer: Endpoints['POST /events']['answer']): PrintedReceipt[] {
  return 'data' in answer ? answer.data : [answer];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** The JSON object in a text, or null. */
function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseLossless(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** `fetch` hides the reason in the error's cause. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join('; ');
  return messageOf(cause ?? error) || error.name;
}
