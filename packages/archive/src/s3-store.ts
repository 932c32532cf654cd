import { Readable } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Target } from '@eventhooks/config';
import type { Store } from './store.ts';

/** A file has at most 10,000 parts, and so 160 GB. Two parts are in memory at once. */
const partBytes = 16 * 1024 * 1024;
const partsAtOnce = 2;
/** The time in ms in which a server has to accept a connection, and the longest silence after that. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 30_000 };

/** Credentials are those that every client of AWS finds: environment, files, web identity, or the machine's role. */
export async function openS3(target: S3Target, closing: AbortSignal): Promise<Store> {
  const { bucket: Bucket, prefix } = target;
  // Loaded here, so that a bundle without it starts.
  const { GetObjectCommand, NoSuchKey, paginateListObjectsV2, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client(configurationOf(target));
  closing.addEventListener('abort', () => client.destroy(), { once: true });
  return {
    read: (name) =>
      explained(async () => {
        try {
          const command = new GetObjectCommand({ Bucket, Key: prefix + name });
          const { Body } = await client.send(command, { abortSignal: closing });
          if (Body instanceof Readable) return Body;
          throw new Error(`${name} came without a body`);
        } catch (error) {
          if (error instanceof NoSuchKey) return null;
          throw error;
        }
      }),
    write: (name, content) =>
      explained(async () => {
        const Body = Readable.from(content, { objectMode: false });
        const params = { Bucket, Key: prefix + name, Body };
        const { Upload } = await import('@aws-sdk/lib-storage');
        const upload = new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce });
        const abort = (): void => void upload.abort().catch(() => undefined);
        closing.addEventListener('abort', abort, { once: true });
        await upload.done().finally(() => closing.removeEventListener('abort', abort));
      }),
    listDirectories: () =>
      explained(async () => {
        const names: string[] = [];
        for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix, Delimiter: '/' })) {
          for (const { Prefix = '' } of page.CommonPrefixes ?? []) names.push(Prefix.slice(prefix.length, -1));
        }
        return names;
      }),
  };
}

function configurationOf({ endpoint, region, pathStyle }: S3Target): S3ClientConfig {
  return {
    ...(endpoint !== null && { endpoint }),
    // A server that is not AWS's takes any region.
    ...((region !== null || endpoint !== null) && { region: region ?? 'us-east-1' }),
    forcePathStyle: pathStyle,
    // Not every server knows the checksums that the client adds by itself. Files are read back and compared anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: timeouts,
  };
}

/** Some servers give an error a name and no message. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || /\s/.test(error.message)) throw error;
    throw new Error(`S3 answered ${error.name}`, { cause: error });
  }
}
