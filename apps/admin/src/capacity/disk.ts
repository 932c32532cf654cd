import { statfs } from 'node:fs/promises';

/** PostgreSQL's disk. An embedded server's is measured; for any other the size must be configured. */
export type DatabaseDisk = { kind: 'directory'; path: string } | { kind: 'bytes'; bytes: number } | { kind: 'unknown' };

/** The bytes that the database may take in all; null where the size is not configured. */
export async function readRoom(disk: DatabaseDisk, databaseBytes: number): Promise<number | null> {
  switch (disk.kind) {
    case 'bytes':
      return disk.bytes;
    case 'directory': {
      const { bavail, bsize } = await statfs(disk.path);
      return bavail * bsize + databaseBytes;
    }
    case 'unknown':
      return null;
  }
}
