import { z } from 'zod';

/** Changes when a reader of the former version would misread the files. */
const version = 1;

export const ARCHIVED_KINDS = ['events', 'deliveries', 'attempts'] as const;
export type ArchivedKind = (typeof ARCHIVED_KINDS)[number];

const fileSchema = z.object({
  workspace: z.string(),
  kind: z.enum(ARCHIVED_KINDS),
  /** Below the archive. */
  name: z.string(),
  /** Lines of the file. */
  rows: z.int(),
  /** The size of the compressed file; the hash is of the same bytes. */
  bytes: z.int(),
  sha256: z.hash('sha256'),
});
export type ArchivedFile = z.infer<typeof fileSchema>;

const manifestSchema = z.object({
  version: z.literal(version),
  /** The installation that wrote it. */
  installation: z.string(),
  day: z.iso.date(),
  /** PostgreSQL's time before the first row was read. Changes that are later may be missing. */
  read_from: z.iso.datetime(),
  /** Whether every file is there. */
  complete: z.boolean(),
  files: z.array(fileSchema),
});
export type Manifest = Omit<z.infer<typeof manifestSchema>, 'version'>;

const ownerSchema = z.object({ version: z.literal(version), installation: z.string() });

/** At the root of an archive: the installation that it belongs to. */
export const ownerName = 'eventhooks-archive.json';

export function manifestName(day: string): string {
  return `${day}/manifest.json`;
}

/** A name of a workspace may have any character, and so be no name of a file. */
export function fileName(day: string, workspace: string, kind: ArchivedKind): string {
  return `${day}/${encodeURIComponent(workspace).replaceAll('.', '%2E')}/${kind}.ndjson.gz`;
}

export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify({ version, ...manifest }, null, 2)}\n`;
}

/** @throws when the text is no manifest of this version. */
export function parseManifest(text: string, name: string): Manifest {
  return parse(manifestSchema, text, name);
}

export function printOwner(installation: string): string {
  return `${JSON.stringify({ version, installation })}\n`;
}

/** @returns the installation. @throws when the text says none. */
export function parseOwner(text: string): string {
  return parse(ownerSchema, text, ownerName).installation;
}

function parse<T>(schema: z.ZodType<T>, text: string, name: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${name} is damaged, or of a later release`, { cause: error });
  }
}
