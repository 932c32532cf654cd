import { closest, distance } from 'fastest-levenshtein';

/** The methods that forms offer. */
export const OFFERED_METHODS = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const;

/** IANA's registry of HTTP methods, without CONNECT, and those that caches take. */
const REGISTERED_METHODS = [
  ...OFFERED_METHODS,
  'ACL',
  'BAN',
  'BASELINE-CONTROL',
  'BIND',
  'CHECKIN',
  'CHECKOUT',
  'COPY',
  'HEAD',
  'LABEL',
  'LINK',
  'LOCK',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MKREDIRECTREF',
  'MKWORKSPACE',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'ORDERPATCH',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'QUERY',
  'REBIND',
  'REFRESH',
  'REPORT',
  'SEARCH',
  'SUBSCRIBE',
  'TRACE',
  'UNBIND',
  'UNCHECKOUT',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
  'UPDATE',
  'UPDATEREDIRECTREF',
  'VERSION-CONTROL',
];

/** A name this close to one that people use is a slip of the finger; `PSOT` is two changes away from `POST`. */
const slipDistance = 2;

/** The fault of a method's name; null when there is none. Names that resemble no method are taken: receivers may have their own. */
export function findMethodFault(name: string): string | null {
  if (!/^[A-Z]+(-[A-Z]+)*$/.test(name)) return 'expected an upper-case HTTP method';
  if (name === 'CONNECT') return 'CONNECT opens a tunnel and cannot be used';
  if (REGISTERED_METHODS.includes(name)) return null;
  const meant = closest(name, [...OFFERED_METHODS, 'HEAD', 'OPTIONS']);
  return distance(name, meant) > slipDistance ? null : `unknown method '${name}', did you mean '${meant}'?`;
}
