import { pipeline } from 'node:stream/promises';
import { ARCHIVED_KINDS, type Archive, type Manifest, openArchive } from '@eventhooks/archive';
import { parseArchiveUrl } from '@eventhooks/config';
import { messageOf } from '@eventhooks/contract/message-of';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { formatBytes, formatNumber, formatTable, plain } from './output.ts';
import type { Session } from './session.ts';

export interface ArchiveOptions {
  archive?: string;
}

/** Lists the days of the archive, or the files of one day. */
export async function listArchive({ output }: Session, options: ArchiveOptions, [day]: string[]): Promise<void> {
  await withArchive(options, async (archive) => {
    if (day === undefined) {
      const manifests = await readManifests(archive);
      output.result(manifests, () => formatDays(manifests));
    } else {
      const { files } = await readManifest(archive, day);
      output.result(files, () =>
        formatTable(
          ['workspace', 'kind', 'lines', 'size', 'file'],
          files.map(({ workspace, kind, rows, bytes, name }) => [
            plain(workspace),
            kind,
            formatNumber(rows),
            formatBytes(bytes),
            plain(name),
          ]),
        ),
      );
    }
  });
}

async function readManifests(archive: Archive): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const day of await archive.listDays()) {
    const manifest = await archive.readManifest(day);
    if (manifest !== null) manifests.push(manifest);
  }
  return manifests;
}

function formatDays(manifests: readonly Manifest[]): string {
  return formatTable(
    ['day', 'workspaces', ...ARCHIVED_KINDS, 'size', 'state'],
    manifests.map(({ day, files, complete }) => [
      day,
      formatNumber(new Set(files.map(({ workspace }) => workspace)).size),
      ...ARCHIVED_KINDS.map((kind) =>
        formatNumber(sum(files.filter((file) => file.kind === kind).map(({ rows }) => rows))),
      ),
      formatBytes(sum(files.map(({ bytes }) => bytes))),
      complete ? 'complete' : 'not complete yet',
    ]),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Prints a file as NDJSON. Fails at its end where the file is not as it was written. */
export async function printArchived(
  { api, output }: Session,
  options: ArchiveOptions,
  [day = '', kind = '']: string[],
): Promise<void> {
  const workspace = api.workspace ?? 'default';
  await withArchive(options, async (archive) => {
    const { complete, files } = await readManifest(archive, day);
    if (!complete) output.note(`${day} is not complete yet.`);
    const file = files.find((one) => one.workspace === workspace && one.kind === kind);
    if (file === undefined)
      throw new CommandFailure(EXIT.no, `The archive has no ${kind} of the workspace ${plain(workspace)} for ${day}.`);
    await pipeline(await archive.readLines(file), process.stdout, { end: false });
  });
}

async function readManifest(archive: Archive, day: string): Promise<Manifest> {
  const manifest = await archive.readManifest(day);
  if (manifest === null) throw new CommandFailure(EXIT.no, `The archive has no day ${plain(day)}.`);
  return manifest;
}

async function withArchive(options: ArchiveOptions, work: (archive: Archive) => Promise<void>): Promise<void> {
  if (options.archive === undefined)
    throw new CommandFailure(EXIT.usage, 'Which archive? Name it by --archive or EVENTHOOKS_ARCHIVE.');
  const parsed = parseArchiveUrl(options.archive);
  if (!parsed.ok) throw new CommandFailure(EXIT.usage, `--archive: ${parsed.fault}.`);
  try {
    const archive = await openArchive(parsed.target);
    await work(archive).finally(() => archive.close());
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(EXIT.unavailable, `The archive cannot be read: ${explain(error)}.`);
  }
}

/** The command's package leaves the large client for S3 out. */
function explain(error: unknown): string {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return isMissing ? 'S3 takes a package beside this one: npm install @aws-sdk/client-s3' : messageOf(error);
}
