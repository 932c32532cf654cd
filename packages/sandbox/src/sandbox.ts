import { DEFAULT_LIMITS, type SandboxLimits } from './limits.ts';
import { readLambdaOutcome, readRenderOutcome, refuseBrokenHeaders } from './outcomes.ts';
import { createPool, type Pool } from './pool/pool.ts';
import type { GuestKind, SourceFault } from './protocol.ts';
import { runCall } from './run-call.ts';
import { collectTemplates } from './template-fields.ts';
import type {
  CustomTemplates,
  HookKey,
  LambdaLanguage,
  LambdaOutcome,
  RenderOutcome,
  SandboxFailureKind,
  SandboxItem,
  SandboxStats,
  TemplateFault,
} from './types.ts';

export interface Sandbox {
  /** Renders a hook's templates for each item. One outcome per item, in order. Never rejects. */
  render(hook: HookKey, templates: CustomTemplates, items: SandboxItem[]): Promise<RenderOutcome[]>;
  /** Runs a hook's functions, chained, for each item. One outcome per item, in order. Never rejects. */
  runLambda(
    hook: HookKey,
    lambda: { language: LambdaLanguage; functions: string[] },
    items: SandboxItem[],
  ): Promise<LambdaOutcome[]>;
  /**
   * Compiles without running, for the Admin API at write.
   *
   * @throws Error when no runner can be started.
   */
  checkTemplates(templates: CustomTemplates): Promise<TemplateFault[]>;
  /** Like `checkTemplates`. Whether a source returns a function shows only when it runs. */
  checkFunctions(language: LambdaLanguage, functions: string[]): Promise<TemplateFault[]>;
  stats(): SandboxStats;
  /** Ends all runners. Items that still run are answered as `runner_lost`. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** Runners for hooks that behave; hooks that overran use one more. Default: one per core, at most 4. */
  runners?: number;
  limits?: Partial<SandboxLimits>;
  /** Called at the end of every run, for metrics. */
  onRun?: (kind: 'template' | 'lambda', result: 'ok' | SandboxFailureKind) => void;
  /** Called when a runner died or could not start. The reason is for operators and includes the runner's stderr. */
  onRunnerLost?: (reason: string) => void;
}

/** A pool of runner processes for user code. Nothing starts before the first call that needs a runner. */
export function createSandbox({ runners, limits: given, onRun, onRunnerLost }: SandboxOptions = {}): Sandbox {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const pool = createPool(limits, runners, onRunnerLost);
  function report<T extends { ok: true } | { ok: false; kind: SandboxFailureKind }>(
    kind: 'template' | 'lambda',
    outcomes: T[],
  ) {
    for (const outcome of outcomes) onRun?.(kind, outcome.ok ? 'ok' : outcome.kind);
    return outcomes;
  }
  return {
    async render(hook, templates, items) {
      const fields = collectTemplates(templates);
      const { sources } = fields;
      if (sources.length === 0) {
        return report(
          'template',
          items.map(() => refuseBrokenHeaders({ ok: true, rendered: fields.fill([]) })),
        );
      }
      const outcomes = await runCall(pool, limits, { guest: 'template', hook, sources, items });
      return report(
        'template',
        outcomes.map((outcome) => readRenderOutcome(outcome, fields, limits)),
      );
    },
    async runLambda(hook, { language, functions }, items) {
      const outcomes = await runCall(pool, limits, { guest: language, hook, sources: functions, items });
      return report(
        'lambda',
        outcomes.map((outcome) => readLambdaOutcome(outcome, limits)),
      );
    },
    async checkTemplates(templates) {
      const { paths, sources } = collectTemplates(templates);
      const faults = await check(pool, 'template', sources);
      return faults.map(({ index, ...fault }) => ({ path: paths[index] ?? [], ...fault }));
    },
    async checkFunctions(language, functions) {
      const faults = await check(pool, language, functions);
      return faults.map(({ index, ...fault }) => ({ path: ['functions', index], ...fault }));
    },
    stats: () => pool.stats(),
    close: () => pool.close(),
  };
}

/** All checks share one runner, so that an admin needs no more than one. */
const checksKey: HookKey = { id: 'check', revision: '' };

async function check(pool: Pool, guest: GuestKind, sources: string[]): Promise<SourceFault[]> {
  if (sources.length === 0) return [];
  let reason = '';
  for (let attempt = 0; attempt < 2; attempt++) {
    const result = await pool.run({
      hook: checksKey,
      request: { type: 'check', guest, sources },
      onOutcomes: () => {},
    });
    if (result.ok && result.end.reason === 'checked') return result.end.faults;
    if (result.ok && result.end.reason === 'failed') {
      return [{ index: 0, line: null, message: `cannot be compiled: ${result.end.failure.message}` }];
    }
    reason = !result.ok && 'message' in result ? result.message : 'no answer';
  }
  throw new Error(`the sandbox could not check the sources: ${reason}`);
}
