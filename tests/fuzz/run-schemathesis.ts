import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface FuzzRun {
  url: string;
  token: string;
  seed: number;
  seconds: number;
  /** Leaves out the paths that begin with a workspace. */
  isShort: boolean;
  reportPath: string;
}

export interface FuzzResult {
  /** False when it ended before it could report. */
  isComplete: boolean;
  /** Operations without a failure. */
  passed: number;
  /** Failures that differ, and errors of Schemathesis itself. */
  failed: number;
}

const reportSchema = z.object({
  complete: z.boolean(),
  operations: z.object({ tested: z.int() }),
  test_cases: z.object({ generated: z.int(), unique_failures: z.int(), errored: z.int() }),
});
const configuration = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const requestTimeoutSeconds = 40;

/** Runs Schemathesis against an admin; its output goes to ours. Tests of hooks may take 30 s, so that it gets that long to end. */
export async function runSchemathesis(run: FuzzRun): Promise<FuzzResult> {
  const program = process.env.SCHEMATHESIS ?? 'schemathesis';
  // It leaves files in its working directory.
  const child = spawn(program, argumentsOf(run), { stdio: 'inherit', cwd: dirname(run.reportPath) });
  await once(child, 'close');
  const parsed = reportSchema.safeParse(JSON.parse(await readFile(run.reportPath, 'utf8').catch(() => 'null')));
  if (!parsed.success) return { isComplete: false, passed: 0, failed: 0 };
  const { complete, operations, test_cases: cases } = parsed.data;
  console.log(`${cases.generated} requests to ${operations.tested} operations, seed ${run.seed}`);
  const failed = cases.unique_failures + cases.errored;
  return { isComplete: complete, passed: Math.max(0, operations.tested - failed), failed };
}

function argumentsOf({ url, token, seed, seconds, isShort, reportPath }: FuzzRun): string[] {
  return [
    ...['--config-file', configuration, 'run', `${url}/openapi.json`, '--url', url],
    ...['--header', `Kong-Admin-Token: ${token}`, '--seed', String(seed), '--max-time', String(Math.ceil(seconds))],
    ...['--workers', '2', '--request-timeout', String(requestTimeoutSeconds), '--no-color', '--continue-on-failure'],
    ...['--phases', 'examples,coverage,fuzzing,stateful', '--warnings', 'off'],
    ...['--report', 'json', '--report-json-path', reportPath],
    ...(isShort ? ['--exclude-path-regex', '^/\\{workspace\\}'] : []),
  ];
}
