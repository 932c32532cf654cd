import type { Readable } from 'node:stream';

/** Files by name. Names are relative, with slashes. Reads and writes under way fail once the signal given at its opening is aborted. */
export interface Store {
  /** Null: there is no such file. */
  read(name: string): Promise<Readable | null>;
  /** Replaces the file as a whole; one that was begun and not ended is not to be seen. */
  write(name: string, content: AsyncIterable<Buffer>): Promise<void>;
  /** Names of the directories at the root, without those that hold no file. */
  listDirectories(): Promise<string[]>;
}
