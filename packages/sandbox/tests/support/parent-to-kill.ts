/** A process with two runners, one of them in a call that ignores termination. The test kills it and looks for orphans. */
import { createSandbox } from '../../src/index.ts';
import { runnerPids } from './processes.ts';

const sandbox = createSandbox({ runners: 2, limits: { runCpuMs: 60_000, runWallMs: 60_000 } });
const batch = [{ data: '{}', event: 'e', source: 's' }];
const run = (id: string, source: string) =>
  sandbox.runLambda({ id, revision: '1' }, { language: 'javascript', functions: [source] }, batch);

// These two ids fall on different runners.
await Promise.all([run('a', '() => 1'), run('b', '() => 1')]);
void run('a', '() => new Array(4e9).reverse()');
process.stdout.write(`${JSON.stringify(runnerPids())}\n`);
setInterval(() => {}, 1000);
