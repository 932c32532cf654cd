import { request } from 'undici';

/** Calls the Admin API, and reads what it answers as JSON; null where that is nothing. */
export async function callAdmin<T>(
  adminUrl: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  value?: unknown,
): Promise<T> {
  const { statusCode, body } = await request(adminUrl + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: value === undefined ? null : JSON.stringify(value),
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${method} ${path} answered ${statusCode}: ${text}`);
  return JSON.parse(text === '' ? 'null' : text);
}
