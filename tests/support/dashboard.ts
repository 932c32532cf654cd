import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../apps/dashboard/', import.meta.url));

/** Builds the dashboard unless it is newer than all its sources. `npm ci` built it, except where scripts are not run. */
export async function ensureDashboard(): Promise<void> {
  const page = join(root, 'dist', 'index.html');
  if (existsSync(page) && statSync(page).mtimeMs >= newestSourceMs()) return;
  await promisify(execFile)(process.execPath, [join(root, 'build.ts')]);
}

function newestSourceMs(): number {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('src', name),
  );
  const docs = join(root, '..', '..', 'docs');
  const guides = readdirSync(docs).map((name) => join(docs, name));
  const all = ['index.html', 'vite.config.ts', 'guides.ts', 'build.ts', ...sources].map((name) => join(root, name));
  return Math.max(...[...all, ...guides].map((path) => statSync(path).mtimeMs));
}
