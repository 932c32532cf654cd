import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFailures } from '../support/list-failures.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const original = fileURLToPath(new URL('../../.ci/run', import.meta.url));

/** Runs a copy of `.ci/run` with other scripts beside it; those not given succeed without a word. */
async function runWith(scripts: Record<string, string>) {
  const directory = await makeTemporaryDirectory();
  const ci = join(directory, '.ci');
  await mkdir(ci, { recursive: true });
  await copyFile(original, join(ci, 'run'));
  for (const name of ['install', 'verify', 'test', 'faults', 'fuzz', 'infra']) {
    await writeFile(join(ci, name), `#!/usr/bin/env bash\n${scripts[name] ?? ''}\n`, { mode: 0o755 });
  }
  const { stdout, status } = spawnSync(join(ci, 'run'), { encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

const passing = {
  test: 'echo "Tests:       2 skipped, 40 passed, 42 total"',
  faults: 'echo "Faults: 12 passed, 0 failed"',
  fuzz: 'echo "Fuzz: 70 passed, 0 failed"',
};

test('.ci/run adds up what its steps count', async () => {
  const { status, lines } = await runWith(passing);
  expect(status).toBe(0);
  expect(lines.at(-1)).toBe('122 passed, 0 failed');
});

test('.ci/run ends with the failed tests, and with the last lines of other steps that failed', async () => {
  const { status, lines } = await runWith({
    ...passing,
    verify: 'for i in {1..100}; do echo "fault $i"; done; echo "npm error code 1"; exit 2',
    test: `printf 'a.test.ts: a name\\n  Expected 1 | Received 2\\n' >>"$FAILED_TESTS_FILE"
      echo "Tests:       1 failed, 40 passed, 41 total"; exit 1`,
  });
  expect(status).not.toBe(0);
  const summary = lines.slice(lines.indexOf('FAILED .ci/test (status 1; it counted 1 failed and 40 passed)'));
  expect(summary).toEqual([
    'FAILED .ci/test (status 1; it counted 1 failed and 40 passed)',
    '  a.test.ts: a name',
    '    Expected 1 | Received 2',
    'FAILED .ci/verify (status 2; it counted no failed and no passed)',
    ...[93, 94, 95, 96, 97, 98, 99, 100].map((line) => `  fault ${line}`),
    '122 passed, 2 failed',
  ]);
});

test('.ci/run shows what scripts that run side by side print, one after the other', async () => {
  const { lines } = await runWith({ faults: 'sleep 0.5; seq 1 2', fuzz: 'seq 3 4', infra: 'seq 5 6; exit 1' });
  expect(lines.filter((line) => /^\d$/.test(line))).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(lines.slice(-4)).toEqual([
    'FAILED .ci/infra (status 1; it counted no failed and no passed)',
    '  5',
    '  6',
    '0 passed, 1 failed',
  ]);
});

test('.ci/run bounds the list of failed tests', async () => {
  const { lines } = await runWith({ test: 'seq 1000 >>"$FAILED_TESTS_FILE"; exit 1' });
  const summary = lines.slice(lines.findIndex((line) => line.startsWith('FAILED')));
  expect(summary).toHaveLength(33);
  expect(summary.slice(-2)).toEqual(['  … and more', '0 passed, 1 failed']);
});

test('a failed test is described by its file, its full name, the beginning of its message and its line', () => {
  const described = describeFailures({
    testFilePath: join(process.cwd(), 'tests/x.test.ts'),
    testResults: [
      { fullName: 'it passes', status: 'passed', failureMessages: [] },
      {
        fullName: 'a suite it fails',
        status: 'failed',
        failureMessages: [
          'Error: \u001b[2mexpect(\u001b[22m1)\n\nExpected: 1\n    at wait (tests/w.ts:1:1)\n    at tests/x.test.ts:3:4',
        ],
      },
    ],
  });
  expect(described).toEqual([
    'tests/x.test.ts: a suite it fails',
    '  Error: expect(1) | Expected: 1 | at tests/x.test.ts:3:4',
  ]);
});
