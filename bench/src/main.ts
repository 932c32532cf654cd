import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawChart } from './chart.ts';
import { type Baseline, findLosses, ratiosOf } from './check.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { formatReport } from './report.ts';
import { runScenario, type ScenarioResult } from './run-scenario.ts';
import type { Scenario, Unit } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';

/** The longest time of one scenario. 1,000,000 events at 1,000 per second take 17 minutes. */
const deadlineMs = 1_800_000;
const baselineFile = new URL('../baseline.json', import.meta.url);
const chartedUnits: readonly Unit[] = ['ratio', '/s'];

/** Measures and reports scenario by scenario; ends in order on Ctrl-C (at once on a second one). */
async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort(new Error(`Stopped by ${name}`));
    });
  }
  const results: Record<string, ScenarioResult> = {};
  const losses: string[] = [];
  const baseline: Baseline = options.check ? JSON.parse(await readFile(baselineFile, 'utf8')) : {};
  const measured: Baseline = {};
  for (const name of options.scenarios) {
    const scenario: Scenario = scenarios[name];
    const result = await measure(name, scenario, options, interrupted.signal);
    results[name] = result;
    if (!options.json) console.log(`\n${formatReport(name, scenario, result)}\n`);
    if (options.charts !== null) await writeCharts(options.charts, name, scenario, result);
    measured[name] = ratiosOf(scenario, result);
    losses.push(...findLosses(name, measured[name], baseline));
  }
  if (options.json) console.log(JSON.stringify(results));
  if (options.save) await writeFile(baselineFile, `${JSON.stringify(measured, null, 2)}\n`);
  for (const loss of losses) console.error(loss);
  if (losses.length > 0) process.exitCode = 1;
  else if (options.check) console.error('No ratio lost more than is tolerated.');
}

async function measure(
  name: string,
  scenario: Scenario,
  { events, rounds, workers, profile }: BenchOptions,
  interrupted: AbortSignal,
): Promise<ScenarioResult> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(deadlineMs)]);
  const onProgress = (line: string) => console.error(`${name}: ${line}`);
  return await runScenario(scenario, { events, rounds, workers, profile, signal, onProgress });
}

async function writeCharts(dir: string, name: string, scenario: Scenario, result: ScenarioResult): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const unit of chartedUnits) {
    const file = join(dir, `${name}-${unit === 'ratio' ? 'ratios' : 'rates'}.svg`);
    if (Object.keys(result.figures).some((figure) => scenario.figures[figure]?.unit === unit)) {
      await writeFile(file, drawChart(name, scenario, result, unit));
    }
  }
}

if (process.argv.includes('--help')) console.log(usage);
else {
  await run().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
