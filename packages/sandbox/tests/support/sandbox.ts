import {
  type CustomTemplates,
  createSandbox,
  type LambdaLanguage,
  type LambdaOutcome,
  type RenderOutcome,
  type Sandbox,
  type SandboxItem,
  type SandboxOptions,
} from '../../src/index.ts';

export interface TestSandbox {
  sandbox: Sandbox;
  /** Renders one template as the body, for one item. */
  body(template: string, data?: object): Promise<string>;
  /** Like `body`, without expecting success. */
  render(template: string, data?: object): Promise<RenderOutcome>;
  lua(source: string | string[], data?: object): Promise<LambdaOutcome>;
  javascript(source: string | string[], data?: object): Promise<LambdaOutcome>;
  run(language: LambdaLanguage, source: string | string[], items: SandboxItem[], id?: string): Promise<LambdaOutcome[]>;
}

export function bodyOf(template: string): CustomTemplates {
  return { payload: null, payloadFormat: true, body: template, bodyFormat: true, headers: {}, headersFormat: false };
}

export function item(data: object = {}): SandboxItem {
  return { data: JSON.stringify(data), event: 'consumers', source: 'crud' };
}

export function items(count: number): SandboxItem[] {
  return Array.from({ length: count }, (_, index) => item({ index }));
}

/** Every call uses a new hook, so that no test slows down another. Must be closed. */
export function openTestSandbox(options: SandboxOptions = {}): TestSandbox {
  const sandbox = createSandbox({ runners: 1, ...options });
  let hooks = 0;
  const nextHook = () => ({ id: `hook-${++hooks}`, revision: '1' });

  async function render(template: string, data: object = {}): Promise<RenderOutcome> {
    const [outcome] = await sandbox.render(nextHook(), bodyOf(template), [item(data)]);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  }
  function run(language: LambdaLanguage, source: string | string[], batch: SandboxItem[], id?: string) {
    const hook = id === undefined ? nextHook() : { id, revision: '1' };
    return sandbox.runLambda(hook, { language, functions: [source].flat() }, batch);
  }
  async function runOne(
    language: LambdaLanguage,
    source: string | string[],
    data: object = {},
  ): Promise<LambdaOutcome> {
    const [outcome] = await run(language, source, [item(data)]);
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  }
  return {
    sandbox,
    render,
    async body(template, data) {
      const outcome = await render(template, data);
      if (!outcome.ok) throw new Error(`${outcome.kind}: ${outcome.message}`);
      return outcome.rendered.body ?? '';
    },
    lua: (source, data) => runOne('lua', source, data),
    javascript: (source, data) => runOne('javascript', source, data),
    run,
  };
}
