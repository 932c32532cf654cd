import { statfs } from 'node:fs/promises';

/** The disk of PostgreSQL: an embedded one's is asked, of any other the size must be told. */
export type DatabaseDisk = { kind: 'directory'; path: string } | { kind: 'bytes'; bytes: number } | { kind: 'unknown' };

/** The bytes that the database may take in all; null where nobody says. */
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
