import { fileURLToPath } from 'node:url';
import { messageOf } from '@eventhooks/contract';

/** Where archived days are kept. */
export type ArchiveTarget = { kind: 'directory'; path: string } | S3Target;

export interface S3Target {
  kind: 's3';
  bucket: string;
  /** Begins the name of each object; empty, or with a slash at its end. */
  prefix: string;
  /** Null: that of AWS, or of the environment (`AWS_ENDPOINT_URL_S3`). */
  endpoint: string | null;
  /** Null: that of the environment (`AWS_REGION`) or of the profile; with an endpoint, any. */
  region: string | null;
  /** Whether the bucket is the first part of the path, and not of the host's name. */
  pathStyle: boolean;
}

export type ParsedArchiveUrl = { ok: true; target: ArchiveTarget } | { ok: false; fault: string };

const parameters = ['endpoint', 'region', 'path_style'];

/** Reads an `EVENTHOOKS_ARCHIVE`; docs/archive.md has its forms. The fault never quotes the text, because it may hold a password. */
export function parseArchiveUrl(text: string): ParsedArchiveUrl {
  if (!/^[a-z][a-z\d+.-]*:/i.test(text)) return { ok: true, target: { kind: 'directory', path: text } };
  const url = URL.parse(text);
  if (url?.protocol === 's3:') return parseS3Url(url);
  if (url?.protocol !== 'file:')
    return { ok: false, fault: 'expected s3://bucket/prefix, file:///directory or a path' };
  try {
    return { ok: true, target: { kind: 'directory', path: fileURLToPath(url) } };
  } catch (error) {
    return { ok: false, fault: messageOf(error) };
  }
}

function parseS3Url(url: URL): ParsedArchiveUrl {
  const { searchParams: query } = url;
  const unknown = [...query.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined) return { ok: false, fault: `unknown parameter ${unknown}` };
  if (url.username !== '' || url.password !== '')
    return {
      ok: false,
      fault: 'credentials are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not from the URL',
    };
  if (!/^[\w.-]{3,63}$/.test(url.host)) return { ok: false, fault: 'expected the name of a bucket after s3://' };
  const endpoint = query.get('endpoint');
  if (endpoint !== null && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    return { ok: false, fault: 'endpoint: expected a URL that starts with http:// or https://' };
  const pathStyle = query.get('path_style') ?? String(endpoint !== null);
  if (pathStyle !== 'true' && pathStyle !== 'false') return { ok: false, fault: 'path_style: expected true or false' };
  const prefix = readPrefix(url.pathname);
  if (prefix === null) return { ok: false, fault: 'a % is not followed by two hexadecimal digits' };
  const target: S3Target = {
    kind: 's3',
    bucket: url.host,
    prefix,
    endpoint,
    region: query.get('region'),
    pathStyle: pathStyle === 'true',
  };
  return { ok: true, target };
}

function readPrefix(path: string): string | null {
  try {
    const segments = path.split('/').filter(Boolean).map(decodeURIComponent);
    return segments.map((segment) => `${segment}/`).join('');
  } catch {
    return null;
  }
}
