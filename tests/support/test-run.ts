/**
 * What the global set-up hands to test files, through the environment: workers of Jest inherit it.
 * A child process that a test starts carries `childMark`, by which the leak check at the end finds it.
 */
export interface TestRun {
  /** Of this run alone; all files of servers lie below it. Removed at the end. */
  dir: string;
  /** The administrative database of the shared PostgreSQL. */
  postgresUrl: string;
  redisUrl: string;
}

const runVariable = 'EVENTHOOKS_TEST_RUN';
export const childMark = 'TEST_CHILD_OF';

/** What hooks' secrets are encrypted with, in tests that say nothing else of it. */
export const testSecretKey = Buffer.alloc(32, 'test key').toString('base64');

export function publishTestRun(run: TestRun): void {
  process.env[runVariable] = JSON.stringify(run);
}

export function currentTestRun(): TestRun {
  const run = process.env[runVariable];
  if (run === undefined) throw new Error('No test run: start the tests with `npm test`, which starts the servers.');
  return JSON.parse(run);
}

/** The environment of a child process: nothing of ours but the mark, so that no setting of the machine leaks in. */
export function childEnvironment(runDir: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', [childMark]: runDir };
}
