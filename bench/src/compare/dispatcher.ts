import { Pool } from 'undici';

/** The operations that a comparison needs, by a dispatcher's public HTTP API. */
export interface Dispatcher {
  /** Makes whatever it takes that each published event is delivered to `url` by POST. */
  createEndpoint(url: string): Promise<void>;
  /** Publishes one event whose delivered body holds these fields; resolves when the dispatcher has accepted it. */
  publish(data: Record<string, unknown>): Promise<void>;
}

export interface DispatcherOptions {
  api: JsonApi;
  /** Convoy's project. */
  project: string | null;
  /** Names what this run makes, so that no run delivers to the receiver of an earlier one. */
  run: string;
}

export type MakeDispatcher = (options: DispatcherOptions) => Dispatcher;

/** An answer that is no 2xx. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** A JSON API, with connections of its own. */
export interface JsonApi {
  /** @returns the body, parsed. @throws {RefusedError} */
  send(method: 'POST' | 'PUT', path: string, body: unknown): Promise<unknown>;
  close(): Promise<void>;
}

const mostConnections = 256;

export function openJsonApi(baseUrl: string, token: string | null): JsonApi {
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, { connections: mostConnections });
  const prefix = pathname.replace(/\/$/, '');
  const headers = { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
  return {
    async send(method, path, body) {
      const response = await pool.request({ method, path: prefix + path, headers, body: JSON.stringify(body) });
      const text = await response.body.text();
      if (response.statusCode >= 300)
        throw new RefusedError(`${method} ${path} answered ${response.statusCode}: ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    close: () => pool.close(),
  };
}

/** A text of an answer, by its path. @throws Error when it is not there */
export function textAt(answer: unknown, ...path: readonly string[]): string {
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    answer,
  );
  if (typeof value !== 'string') throw new Error(`the answer has no text at ${path.join('.')}`);
  return value;
}
