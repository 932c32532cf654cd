import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAME = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Guards an API that asks for no token: a web page somewhere could make its visitor's browser call it. Such a call carries the
 * page's `Origin`, or, after DNS rebinding, the page's name as its `Host`.
 */
export function isLocalCaller({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const host = URL.parse(`http://${headers.host ?? ''}`);
  if (host === null || !LOOPBACK_NAME.test(host.hostname)) return false;
  const { origin } = headers;
  return origin === undefined || allowedOrigins.includes(origin) || URL.parse(origin)?.host === headers.host;
}
