import type { Scenario } from '../scenario.ts';
import { backlog } from './backlog.ts';
import { batched } from './batched.ts';
import { embedded } from './embedded.ts';
import { fairness } from './fairness.ts';
import { fanin } from './fanin.ts';
import { fanout } from './fanout.ts';
import { filtered } from './filtered.ts';
import { idle } from './idle.ts';
import { inbound } from './inbound.ts';
import { lambda } from './lambda.ts';
import { latency } from './latency.ts';
import { limit } from './limit.ts';
import { mixed } from './mixed.ts';
import { nginx } from './nginx.ts';
import { ordered } from './ordered.ts';
import { patterns } from './patterns.ts';
import { publish } from './publish.ts';
import { replay } from './replay.ts';
import { scale } from './scale.ts';
import { singles } from './singles.ts';
import { soak } from './soak.ts';
import { suppress } from './suppress.ts';
import { templated } from './templated.ts';

export const scenarios = {
  fanin,
  nginx,
  fanout,
  filtered,
  patterns,
  mixed,
  suppress,
  batched,
  ordered,
  templated,
  lambda,
  publish,
  inbound,
  latency,
  singles,
  backlog,
  fairness,
  limit,
  replay,
  embedded,
  idle,
  scale,
  soak,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
