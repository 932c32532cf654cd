import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const maxFileBytes = 4 * 1024 * 1024;
const tailCharacters = 2_000;

/** The destination of the embedded server's log lines. */
export interface PostgresLog {
  write(chunk: Buffer): void;
  /** The last lines written by this process, for error messages. */
  tail(): string;
  close(): void;
}

/** Appends to `file`; at 4 MiB it becomes `file.1`, replacing the one before, so that the two never exceed 8 MiB. */
export function openPostgresLog(file: string): PostgresLog {
  let fd = openSync(file, 'a', 0o600);
  let sizeBytes = fstatSync(fd).size;
  let tail = '';
  let isOpen = true;
  return {
    write(chunk) {
      // Sessions may briefly outlive a server that died.
      if (!isOpen) return;
      if (sizeBytes > 0 && sizeBytes + chunk.length > maxFileBytes) {
        closeSync(fd);
        renameSync(file, `${file}.1`);
        fd = openSync(file, 'a', 0o600);
        sizeBytes = 0;
      }
      sizeBytes += writeSync(fd, chunk);
      tail = (tail + chunk).slice(-tailCharacters);
    },
    tail: () => tail.trim(),
    close() {
      isOpen = false;
      closeSync(fd);
    },
  };
}
