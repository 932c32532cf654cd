import { rm } from 'node:fs/promises';
import { endLeftovers } from '../support/leftovers.ts';
import { openRunDirectory } from '../support/long-run.ts';
import { restoreToPoint } from './restore.ts';

/** `npm run test:restore`: PostgreSQL is restored to a point in time with an empty Redis, as docs/operations.md says. */
const dir = await openRunDirectory('restore');
let problems: string[] = ['it did not come to its end'];
try {
  problems = await restoreToPoint(dir, (line) => console.log(line));
} finally {
  const leftovers = await endLeftovers(dir);
  if (leftovers.length > 0) console.log(`left running, and ended now:\n${leftovers.join('\n')}`);
  await rm(dir, { recursive: true, force: true });
}
for (const problem of problems) console.log(`FAILED: ${problem}`);
console.log(problems.length === 0 ? 'restored as docs/operations.md says' : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
