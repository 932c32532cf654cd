import { fileURLToPath } from 'node:url';

/**
 * The global set-up hands this to test files through the environment, which Jest's workers inherit.
 * A child process that a test starts carries `childMark`, by which the leak check at the end finds it.
 */
export interface TestRun {
  /** The directory of this run. All files of its servers lie below it. Removed at the end. */
  dir: string;
  /** The administrative database of the shared PostgreSQL. */
  postgresUrl: string;
  /** A pooler before it, in a run of `npm run test:pooler`; else null. */
  poolerUrl: string | null;
  redisUrl: string;
}

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url));
const runVariable = 'EVENTHOOKS_TEST_RUN';
export const childMark = 'TEST_CHILD_OF';

/** The key for hooks' secrets, in tests that set no other. */
export const testSecretKey = Buffer.alloc(32, 'test key').toString('base64');

export function publishTestRun(run: TestRun): void {
  process.env[runVariable] = JSON.stringify(run);
}

export function currentTestRun(): TestRun {
  const run = process.env[runVariable];
  if (run === undefined) throw new Error('No test run: start the tests with `npm test`, which starts the servers.');
  return JSON.parse(run);
}

/**
 * The environment of a child process: nothing of ours but the mark, so that no setting of the machine leaks in. Node keeps what
 * it compiled, which is half of an app's start.
 */
export function childEnvironment(runDir: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    NODE_COMPILE_CACHE: compileCache,
    [childMark]: runDir,
  };
}
