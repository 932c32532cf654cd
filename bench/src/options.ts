import { parseArgs } from 'node:util';
import { type ScenarioName, scenarioNames } from './scenarios/index.ts';

export interface BenchOptions {
  scenarios: readonly ScenarioName[];
  /** Null: each scenario's own number. */
  events: number | null;
  rounds: number | null;
  workers: number | null;
  json: boolean;
  check: boolean;
  /** Whether to write the ratios to the baseline. */
  save: boolean;
  /** Where to write the scenarios' charts, or null. */
  charts: string | null;
  /** Where the product's processes write CPU profiles when they end, or null. */
  profile: string | null;
}

/** The scenarios that run when none is named. */
const shortRun: readonly ScenarioName[] = ['fanin', 'latency'];
/** The scenarios of `--check`: every part of the event path affects their ratios. */
const guardedRun: readonly ScenarioName[] = ['fanin', 'fanout', 'publish', 'templated', 'scale'];
/** The receiver keeps one byte for each delivery. */
const mostEvents = 10_000_000;
const mostRounds = 99;
const mostWorkers = 16;

export const usage = `npm run bench -- [scenario…] [options]

scenarios  ${scenarioNames.join(', ')}, or all; without one: ${shortRun.join(', ')}
--events n    instead of the scenario's own number
--rounds n    instead of the scenario's own number; figures are the rounds' medians
--workers n   instead of the scenario's own number
--json        prints one JSON object
--charts dir  writes SVG charts
--check       compares the ratios with bench/baseline.json, and fails on a loss over 15 %
--save        writes the ratios of what was measured to bench/baseline.json
--profile dir CPU profiles of admin and worker, for Chromium's DevTools or speedscope`;

/** @throws Error that names the fault. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      events: { type: 'string' },
      rounds: { type: 'string' },
      workers: { type: 'string' },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      charts: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const named = positionals.includes('all') ? scenarioNames : positionals.map(readScenario);
  return {
    scenarios: named.length > 0 ? named : values.check || values.save ? guardedRun : shortRun,
    events: readCount('--events', values.events, mostEvents),
    rounds: readCount('--rounds', values.rounds, mostRounds),
    workers: readCount('--workers', values.workers, mostWorkers),
    json: values.json,
    check: values.check,
    save: values.save,
    charts: values.charts ?? null,
    profile: values.profile ?? null,
  };
}

function readScenario(given: string): ScenarioName {
  const name = scenarioNames.find((known) => known === given);
  if (name === undefined) throw new Error(`Unknown scenario '${given}'\n\n${usage}`);
  return name;
}

function readCount(option: string, text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new Error(`${option} is 1 to ${most}`);
  return count;
}
