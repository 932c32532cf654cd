import type { FaultTree } from './types.ts';

/** An answer that is not a success, or no answer at all (status 0). */
export class ApiFailure extends Error {
  override name = 'ApiFailure';
  readonly status: number;
  readonly fields: FaultTree;

  constructor(status: number, message: string, fields: FaultTree = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/**
 * `/dashboard` shows the workspace `default`, `/dashboard/@team-a` another. The path before `/dashboard` is the prefix under which
 * a proxy publishes the admin.
 */
const [, prefix = '', named] = /^(.*?)\/dashboard(?:\/@([^/]+))?/.exec(location.pathname) ?? [];
export const workspace = named === undefined ? 'default' : decodeURIComponent(named);
const dashboardPath = `${prefix}/dashboard`;
export const basePath = named === undefined ? dashboardPath : `${dashboardPath}/@${named}`;
const apiPrefix = named === undefined ? prefix : `${prefix}/${named}`;

/** The reference of the API, which the admin serves. */
export const apiReference = `${prefix}/docs`;
export const openApiUrl = `${prefix}/openapi.json`;

/** The URL of a path of the workspace that is shown. */
export function apiUrl(path: string): string {
  return apiPrefix + path;
}

export const streamUrl = apiUrl('/stream');

/** The path of the dashboard for a workspace. */
export function pathOfWorkspace(name: string): string {
  return name === 'default' ? `${dashboardPath}/` : `${dashboardPath}/@${encodeURIComponent(name)}/`;
}

/** Calls the API in the workspace that is shown. @throws {ApiFailure} unless the answer is a success. */
export function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  return call(method, apiPrefix + path, body === undefined ? {} : { 'content-type': 'application/json' }, body);
}

/** Calls a path that belongs to no workspace. */
export function callRoot<T>(method: string, path: string, headers: Record<string, string> = {}): Promise<T> {
  return call(method, prefix + path, headers);
}

async function call<T>(method: string, url: string, headers: Record<string, string>, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  } catch {
    throw new ApiFailure(0, 'The admin does not answer. Is it running?');
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  const { message, fields } = readFailure(text);
  throw new ApiFailure(response.status, message ?? `The admin answered ${response.status}`, fields);
}

function readFailure(text: string): { message?: string; fields?: FaultTree } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
