import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface S3Server {
  endpoint: string;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  body?: string | Buffer;
  etag?: string;
}

const bucket = '/archive';

/**
 * The part of S3 that an archive needs, with one bucket, `archive`: objects written whole or in parts, read, and
 * listed. It takes any credentials. `TEST_S3_ENDPOINT` replaces it by a server that was started elsewhere and has such
 * a bucket.
 */
export async function startS3(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const parts = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const answer = answerTo(request, body, objects, parts);
    response.writeHead(answer.status, answer.etag === undefined ? {} : { etag: answer.etag }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: process.env.TEST_S3_ENDPOINT ?? `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answerTo(
  { method = '', url = '' }: IncomingMessage,
  body: Buffer,
  objects: Map<string, Buffer>,
  parts: Map<string, Buffer>,
): Answer {
  const { pathname, searchParams: query } = new URL(url, 'http://s3');
  const path = decodeURIComponent(pathname);
  if (!path.startsWith(bucket)) return fault(404, 'NoSuchBucket');
  const key = path.slice(bucket.length + 1);
  const place = `${key} ${query.get('partNumber')}`;
  if (method === 'GET' && query.has('list-type')) return { status: 200, body: list([...objects.keys()], query) };
  if (method === 'GET') {
    const object = objects.get(key);
    return object === undefined ? fault(404, 'NoSuchKey') : { status: 200, body: object };
  }
  if (method === 'POST' && query.has('uploads'))
    return {
      status: 200,
      body: '<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>',
    };
  if (method === 'POST' && query.has('uploadId')) {
    const numbers = [...String(body).matchAll(/<PartNumber>(\d+)/g)].map(([, number]) => number);
    objects.set(key, Buffer.concat(numbers.map((number) => parts.get(`${key} ${number}`) ?? Buffer.alloc(0))));
    return { status: 200, body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' };
  }
  if (method === 'PUT') {
    if (query.has('partNumber')) parts.set(place, body);
    else objects.set(key, body);
    return { status: 200, etag: `"${createHash('md5').update(body).digest('hex')}"` };
  }
  return fault(405, 'MethodNotAllowed');
}

function fault(status: number, code: string): Answer {
  return { status, body: `<Error><Code>${code}</Code><Message>${code} it is</Message></Error>` };
}

function list(keys: string[], query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const below = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const directories = new Set(below.filter((key) => key.includes('/')).map((key) => `${prefix}${key.split('/')[0]}/`));
  const common = [...directories].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${common.join('')}</ListBucketResult>`;
}
