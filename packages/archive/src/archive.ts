import { createHash } from 'node:crypto';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ArchiveTarget } from '@eventhooks/config';
import { openDirectory } from './directory-store.ts';
import {
  type ArchivedFile,
  type ArchivedKind,
  fileName,
  type Manifest,
  manifestName,
  ownerName,
  parseManifest,
  parseOwner,
  printManifest,
  printOwner,
} from './manifest.ts';
import type { Store } from './store.ts';

/** Days (`YYYY-MM-DD`) of an installation as compressed files of NDJSON, with a manifest each. */
export interface Archive {
  /**
   * Makes the archive that of an installation, where it is nobody's yet.
   *
   * @throws when it is another one's, or cannot be written and read.
   */
  takeOwnership(installation: string): Promise<void>;
  /** The days that have files, oldest first. */
  listDays(): Promise<string[]>;
  /** Null: the day has none. */
  readManifest(day: string): Promise<Manifest | null>;
  writeManifest(manifest: Manifest): Promise<void>;
  /**
   * Writes a file whole, or leaves what there was.
   *
   * @param pages lines without their ends. A page is in memory at a time.
   */
  writeFile(
    place: { day: string; workspace: string; kind: ArchivedKind },
    pages: AsyncIterable<readonly string[]>,
  ): Promise<ArchivedFile>;
  /** Whether the file can be read back byte by byte as it was written. */
  isIntact(file: ArchivedFile): Promise<boolean>;
  /** The file's lines, decompressed. The stream fails at its end when the bytes are not those that were written. */
  readLines(file: ArchivedFile): Promise<Readable>;
  /** Ends the use of the archive. Reads and writes under way fail. */
  close(): void;
  isClosed(): boolean;
}

/** Connects when it is first used. The client for S3 is loaded only for an archive there. */
export async function openArchive(target: ArchiveTarget): Promise<Archive> {
  const closing = new AbortController();
  const { signal } = closing;
  const store =
    target.kind === 's3'
      ? await (await import('./s3-store.ts')).openS3(target, signal)
      : openDirectory(target.path, signal);
  return {
    takeOwnership: (installation) => takeOwnership(store, installation),
    async listDays() {
      return (await store.listDirectories()).filter((name) => /^\d{4}-\d\d-\d\d$/.test(name)).sort();
    },
    async readManifest(day) {
      const name = manifestName(day);
      const content = await store.read(name);
      return content && parseManifest(await text(content), name);
    },
    writeManifest: (manifest) => writeText(store, manifestName(manifest.day), printManifest(manifest)),
    writeFile: (place, pages) => writeFile(store, place, pages, signal),
    async isIntact(file) {
      const content = await store.read(file.name);
      if (content === null) return false;
      const measure = createMeasure();
      await pipeline(content, measure.stream, discard, { signal });
      return isAsWritten(file, measure);
    },
    async readLines(file) {
      const content = await store.read(file.name);
      if (content === null) throw new Error(`${file.name} is gone`);
      return decompress(file, content);
    },
    close: () => closing.abort(new Error('the archive is closed')),
    isClosed: () => signal.aborted,
  };
}

async function takeOwnership(store: Store, installation: string): Promise<void> {
  const readOwner = async (): Promise<string | null> => {
    const content = await store.read(ownerName);
    return content && parseOwner(await text(content));
  };
  if ((await readOwner()) === null) await writeText(store, ownerName, printOwner(installation));
  // Also proves that what is written can be read.
  if ((await readOwner()) !== installation)
    throw new Error('the archive belongs to another installation; give each a prefix or directory of its own');
}

async function writeText(store: Store, name: string, content: string): Promise<void> {
  await store.write(name, Readable.from([Buffer.from(content)]));
}

async function writeFile(
  store: Store,
  { day, workspace, kind }: { day: string; workspace: string; kind: ArchivedKind },
  pages: AsyncIterable<readonly string[]>,
  signal: AbortSignal,
): Promise<ArchivedFile> {
  const name = fileName(day, workspace, kind);
  let rows = 0;
  async function* print(): AsyncGenerator<string> {
    for await (const page of pages) {
      rows += page.length;
      if (page.length > 0) yield `${page.join('\n')}\n`;
    }
  }
  const measure = createMeasure();
  await pipeline(print, createGzip(), measure.stream, (content: AsyncIterable<Buffer>) => store.write(name, content), {
    signal,
  });
  return { workspace, kind, name, rows, bytes: measure.bytes(), sha256: measure.sha256() };
}

interface Measure {
  /** Passes on what it is given. */
  stream: Transform;
  bytes(): number;
  /** The hash of all bytes that passed. Called once, at the end. */
  sha256(): string;
}

function createMeasure(flush: (done: TransformCallback) => void = (done) => done()): Measure {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
    flush,
  });
  return { stream, bytes: () => bytes, sha256: () => hash.digest('hex') };
}

function isAsWritten(file: ArchivedFile, measure: Measure): boolean {
  return measure.bytes() === file.bytes && measure.sha256() === file.sha256;
}

function decompress(file: ArchivedFile, content: Readable): Readable {
  const measure = createMeasure((done) =>
    done(isAsWritten(file, measure) ? null : new Error(`${file.name} is not as it was written`)),
  );
  const lines = createGunzip();
  // Its error destroys `lines`, whose reader gets it.
  pipeline(content, measure.stream, lines).catch(() => undefined);
  return lines;
}

async function discard(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of content);
}
