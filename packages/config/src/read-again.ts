import { readFileSync } from 'node:fs';

/**
 * A reader of a small file that may be replaced at any time: a password or a certificate that is rotated. While the file is
 * missing or empty, it answers the text that it read last.
 *
 * @throws when the file cannot be read now.
 */
export function readAgain(path: string): () => string {
  let last = readFileSync(path, 'utf8');
  return () => {
    try {
      last = readFileSync(path, 'utf8') || last;
    } catch {
      // It is being replaced.
    }
    return last;
  };
}
