import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, deploy, findLosses } from './deployment.ts';
import { type Fault, faults } from './faults.ts';
import { createRandom } from './random.ts';
import { printReport, type Row } from './report.ts';
import { queues, type Stage } from './stage.ts';

/** The longest that recovery may take after a fault: a lease of 30 s, a tick, and time for a slow machine. */
const recoveryDeadlineMs = 120_000;
/** The pause between faults, so that each one meets a busy deployment. */
const pauseMs = 1_500;
const shortFaults = 9;

export interface RunOptions {
  seed: number;
  minutes: number;
  isShort: boolean;
}

/** Returns whether everything held. */
export async function runFaults(stage: Stage, options: RunOptions): Promise<boolean> {
  const startedAt = performance.now();
  const log = (line: string): void => {
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  log(
    `seed ${options.seed}; a full disk is ${stage.disk ? 'a small one that is filled' : 'stood in for by a trigger'}`,
  );
  const deployments = await Promise.all(
    stage.fleets.map((fleet, index) => deploy(queues[index] ?? '', fleet, createRandom(options.seed + 1 + index))),
  );
  log('Redis started after everything else; all processes are ready');
  await sleep(pauseMs);
  const rows: Row[] = [];
  const chosen = options.isShort ? chooseShort(stage) : chooseLong(stage, startedAt + options.minutes * 60_000);
  const inflicted: Fault[] = [];
  for (const fault of chosen) {
    inflicted.push(fault);
    log(fault.name);
    const row = await inflict(fault, stage, deployments, options.isShort ? 0 : recoveryDeadlineMs);
    for (const problem of row.problems) log(`  FAILED: ${problem}`);
    rows.push(row);
    // The next fault should meet busy processes, too.
    await Promise.all(stage.fleets.map((fleet) => fleet.waitUntilReady().catch(() => undefined)));
    await sleep(pauseMs);
  }
  log('the end: nothing is published any more');
  const problems = await conclude(stage, deployments, inflicted);
  for (const problem of problems) log(`  FAILED: ${problem}`);
  printReport(rows, problems, deployments);
  return problems.length === 0 && rows.every((row) => row.problems.length === 0);
}

/** Every fault once, in random order, and again until the time is over. */
function* chooseLong(stage: Stage, endsAt: number): Generator<Fault> {
  const faults = faultsOf(stage);
  yield* stage.random.shuffle(faults);
  for (;;) {
    for (const fault of stage.random.shuffle(faults)) {
      if (performance.now() >= endsAt) return;
      yield fault;
    }
  }
}

function chooseShort(stage: Stage): Fault[] {
  return stage.random.shuffle(faultsOf(stage).filter((fault) => !fault.long)).slice(0, shortFaults);
}

function faultsOf({ pooler }: Stage): Fault[] {
  return faults.filter(({ only }) => only === undefined || (only === 'pooled') === (pooler !== null));
}

async function inflict(
  fault: Fault,
  stage: Stage,
  deployments: readonly Deployment[],
  recoveryMs: number,
): Promise<Row> {
  const startedAt = performance.now();
  const repeatsBefore = deployments.map(({ ledger }) => ledger.repeats);
  const unavailableBefore = deployments.map(({ publisher }) => publisher.report().unavailable);
  await fault.inflict(stage);
  const endedAt = performance.now();
  const recoveries = await Promise.all(deployments.map((deployment) => timeRecovery(deployment, endedAt, recoveryMs)));
  const repeats = deployments.map(({ ledger }, index) => ledger.repeats - (repeatsBefore[index] ?? 0));
  const problems: string[] = [];
  if (recoveryMs > 0) {
    for (const [index, deployment] of deployments.entries()) {
      if (recoveries[index] === null)
        problems.push(`${deployment.name} did not recover: ${await deployment.describe()}`);
      if (!fault.mayRepeat && (repeats[index] ?? 0) > 0) {
        problems.push(`${deployment.name}: ${repeats[index]} deliveries were repeated, for which this is no reason`);
      }
    }
  }
  return {
    fault: fault.name,
    lastedMs: endedAt - startedAt,
    recoveriesMs: recoveries,
    repeats,
    unavailable: deployments.map(
      ({ publisher }, index) => publisher.report().unavailable - (unavailableBefore[index] ?? 0),
    ),
    problems,
  };
}

/** The time from `endedAt` until everything had arrived and was ready; null if that was not reached, or not awaited. */
async function timeRecovery(deployment: Deployment, endedAt: number, deadlineMs: number): Promise<number | null> {
  while (performance.now() < endedAt + deadlineMs) {
    if (await deployment.isWell(endedAt)) return performance.now() - endedAt;
    await sleep(100);
  }
  return null;
}

async function conclude(
  stage: Stage,
  deployments: readonly Deployment[],
  inflicted: readonly Fault[],
): Promise<string[]> {
  await Promise.all(deployments.map(({ publisher }) => publisher.stop()));
  const stoppedAt = performance.now();
  const recoveries = await Promise.all(
    deployments.map((deployment) => timeRecovery(deployment, stoppedAt, recoveryDeadlineMs)),
  );
  const problems: string[] = [];
  for (const [index, deployment] of deployments.entries()) {
    if (recoveries[index] === null) problems.push(`${deployment.name} is not well: ${await deployment.describe()}`);
    const stateLosses = inflicted.filter((fault) =>
      deployment.name === 'redis' ? fault.losesRedis : fault.crashesPostgres,
    ).length;
    const losses = await findLosses(deployment, stage.databaseUrls[index] ?? '', stateLosses);
    problems.push(...losses.map((loss) => `${deployment.name}: ${loss}`));
  }
  await stage.close();
  for (const { fleet, close } of deployments) {
    // findLosses has reported the earlier deaths already.
    problems.push(...fleet.deaths.filter((death) => !problems.some((problem) => problem.includes(death))));
    await close();
  }
  return problems;
}
