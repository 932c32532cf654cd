import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAME = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Guards an API that asks for no token: a foreign web page could make its visitor's browser call it. The browser says so in
 * `Sec-Fetch-Site`, also where it sends no `Origin`, such as for an image. After DNS rebinding the call carries the page's name as
 * its `Host`.
 */
export function isLocalCaller({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const host = URL.parse(`http://${headers.host ?? ''}`);
  if (host === null || !LOOPBACK_NAME.test(host.hostname)) return false;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) return allowedOrigins.includes(origin) || URL.parse(origin)?.host === headers.host;
  // Absent: not a browser, or one too old to send the header. `none`: a person typed the address.
  return site === undefined || site === 'same-origin' || site === 'none';
}
