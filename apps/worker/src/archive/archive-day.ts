import { ARCHIVED_KINDS, type Archive, type ArchivedFile, type Manifest } from '@eventhooks/archive';
import { type Database, type Day, isDayChanged, listWorkspacesOfDay, readInstallation } from '@eventhooks/database';
import { readLines } from './archived-lines.ts';

export interface ArchivingTools {
  database: Database;
  archive: Archive;
}

/**
 * The manifest is saved after a file, at most this often. A worker that takes over writes the files that it does not
 * list.
 */
const manifestEveryMs = 10_000;

/**
 * Writes a day to the archive, and reads it back. Files that an earlier call wrote are kept, unless the day has changed
 * since.
 *
 * @returns false when the day has changed lately: the next call may find it at rest.
 * @throws when the archive is away, or does not keep what it was given.
 */
export async function archiveDay(tools: ArchivingTools, day: Day): Promise<boolean> {
  const begun = await beginManifest(tools, day);
  if (begun === null) return false;
  const manifest = begun.complete ? begun : await writeFiles(tools, day, begun);
  await checkFiles(tools.archive, manifest);
  return !(await isDayChanged(tools.database.pool, day, new Date(manifest.read_from)));
}

export function nameOfDay({ startMs }: Day): string {
  return new Date(startMs).toISOString().slice(0, 10);
}

async function beginManifest({ database: { pool }, archive }: ArchivingTools, day: Day): Promise<Manifest | null> {
  const known = await archive.readManifest(nameOfDay(day));
  if (known !== null && !(await isDayChanged(pool, day, new Date(known.read_from)))) return known;
  const { id: installation, now } = await readInstallation(pool);
  if (await isDayChanged(pool, day, now)) return null;
  return { installation, day: nameOfDay(day), read_from: now.toISOString(), complete: false, files: [] };
}

/** @returns the manifest as it was written at last, complete. */
async function writeFiles({ database, archive }: ArchivingTools, day: Day, begun: Manifest): Promise<Manifest> {
  const files = [...begun.files];
  let savedAt = performance.now();
  for await (const workspace of listWorkspacesOfDay(database.pool, day)) {
    for (const kind of ARCHIVED_KINDS) {
      if (files.some((file) => file.workspace === workspace && file.kind === kind)) continue;
      const place = { day: begun.day, workspace, kind };
      files.push(await archive.writeFile(place, readLines[kind](database.pool, day, workspace)));
      if (performance.now() - savedAt < manifestEveryMs) continue;
      await archive.writeManifest({ ...begun, files });
      savedAt = performance.now();
    }
  }
  const manifest = { ...begun, complete: true, files };
  await archive.writeManifest(manifest);
  return manifest;
}

/** Takes files that are not as they were written off the manifest, so that the next call writes them again. */
async function checkFiles(archive: Archive, manifest: Manifest): Promise<void> {
  const damaged: ArchivedFile[] = [];
  for (const file of manifest.files) if (!(await archive.isIntact(file))) damaged.push(file);
  if (damaged.length === 0) return;
  const files = manifest.files.filter((file) => !damaged.includes(file));
  await archive.writeManifest({ ...manifest, complete: false, files });
  throw new Error(`${damaged.map(({ name }) => name).join(', ')}: read back, they were not as they had been written`);
}
