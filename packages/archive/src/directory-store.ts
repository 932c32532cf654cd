import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Store } from './store.ts';

/** Events lie here in plain text, so only the user of the process may read them. */
const fileMode = 0o600;
const directoryMode = 0o700;

/** Makes the directory when it writes the first file. */
export function openDirectory(root: string, closing: AbortSignal): Store {
  return {
    async read(name) {
      const file = await open(join(root, name)).catch(nullWhenMissing);
      return file === null ? null : file.createReadStream();
    },
    async write(name, content) {
      const path = join(root, name);
      const unfinished = `${path}.part`;
      await mkdir(dirname(path), { recursive: true, mode: directoryMode });
      const file = await open(unfinished, 'w', fileMode);
      try {
        for await (const chunk of content) {
          closing.throwIfAborted();
          await file.writeFile(chunk);
        }
        await file.sync();
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    },
    async listDirectories() {
      const entries = (await readdir(root, { withFileTypes: true }).catch(nullWhenMissing)) ?? [];
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
  };
}

function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
