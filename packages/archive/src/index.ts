export { type Archive, openArchive } from './archive.ts';
export { ARCHIVED_KINDS, type ArchivedFile, type ArchivedKind, type Manifest } from './manifest.ts';
