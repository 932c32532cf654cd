import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface FuzzRun {
  /** The file with the OpenAPI document. */
  documentPath: string;
  url: string;
  token: string;
  seed: number;
  extent: FuzzExtent;
  reportPath: string;
}

export type FuzzExtent =
  | { kind: 'seconds'; seconds: number }
  /** The same requests each time, without the paths that begin with a workspace. */
  | { kind: 'short'; requestsPerOperation: number };

export interface FuzzResult {
  /** Operations without a failure. */
  passed: number;
  /** One line for each kind of failure, and for each error of Schemathesis itself. */
  problems: string[];
}

const reportSchema = z.object({
  stop_reason: z.string(),
  exit_code: z.int(),
  running_time: z.number().nullable(),
  operations: z.object({ tested: z.int() }).nullable(),
  test_cases: z.object({ generated: z.int(), errored: z.int() }),
  failures: z.array(z.object({ title: z.string(), count: z.int(), operations: z.array(z.string()) })),
  errors: z.array(z.object({ title: z.string(), count: z.int() })),
});
type Report = z.infer<typeof reportSchema>;

const configuration = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
/** Tests of hooks wait 30 s for a worker. */
const requestTimeoutSeconds = 60;

/** Runs Schemathesis against an admin; its output goes to ours. */
export async function runSchemathesis(run: FuzzRun): Promise<FuzzResult> {
  const program = process.env.SCHEMATHESIS ?? 'schemathesis';
  // It leaves files in its working directory.
  const child = spawn(program, argumentsOf(run), { stdio: 'inherit', cwd: dirname(run.reportPath) });
  const [code] = await once(child, 'close');
  const parsed = reportSchema.safeParse(JSON.parse(await readFile(run.reportPath, 'utf8').catch(() => 'null')));
  if (!parsed.success) return { passed: 0, problems: [`Schemathesis ended with status ${code} and without a report`] };
  const report = parsed.data;
  const tested = report.operations?.tested ?? 0;
  const seconds = Math.round(report.running_time ?? 0);
  console.log(`${report.test_cases.generated} requests to ${tested} operations in ${seconds} s, seed ${run.seed}`);
  const failing = new Set(report.failures.flatMap(({ operations }) => operations));
  return { passed: Math.max(0, tested - failing.size), problems: listProblems(report) };
}

function listProblems({ failures, errors, test_cases: cases, stop_reason: reason, exit_code: code }: Report): string[] {
  const problems = [
    ...failures.map(({ title, count, operations }) => `${title} (${count}): ${operations.join(', ')}`),
    ...errors.map(({ title, count }) => `Schemathesis itself: ${title} (${count})`),
    ...(reason === 'completed' || reason === 'max_time' ? [] : [`Schemathesis stopped: ${reason}`]),
  ];
  if (problems.length > 0 || (code === 0 && cases.errored === 0)) return problems;
  return [`Schemathesis ended with status ${code}, ${cases.errored} requests with errors`];
}

function argumentsOf({ documentPath, url, token, seed, extent, reportPath }: FuzzRun): string[] {
  return [
    ...['--config-file', configuration, 'run', documentPath, '--url', url],
    ...['--header', `Kong-Admin-Token: ${token}`, '--seed', String(seed), '--no-color', '--continue-on-failure'],
    // With several threads, Python 3.11 fails in its own parser now and then.
    ...['--request-timeout', String(requestTimeoutSeconds), '--workers', '1'],
    ...['--warnings', 'off', '--report', 'json', '--report-json-path', reportPath],
    ...(extent.kind === 'seconds'
      ? ['--phases', 'examples,coverage,fuzzing,stateful', '--max-time', String(Math.ceil(extent.seconds))]
      : [
          // The phase `coverage` has thousands of requests, and no bound.
          ...['--phases', 'examples,fuzzing,stateful'],
          ...['--max-examples', String(extent.requestsPerOperation), '--generation-deterministic'],
          ...['--exclude-path-regex', '^/\\{workspace\\}'],
        ]),
  ];
}
