import { type Guest, type LoadRequest, type LoadResult, offerGuest } from './guest.ts';
import { createItemLoop, failureText, type GuestLimits } from './item-loop.ts';
import { type CompiledTemplate, compiler, Template } from './nunjucks-internals.ts';
import { cutText } from './primordials.ts';
import { createTemplateEnvironment } from './template-environment.ts';
import { acceptRestySpelling } from './template-resty.ts';

const environment = createTemplateEnvironment();

interface Compiled {
  ok: true;
  code: string;
}
interface Fault {
  ok: false;
  line: number | null;
  message: string;
}

function compile(source: string): Compiled | Fault {
  try {
    const code = compiler.compile(acceptRestySpelling(source), [], [], 'template', {});
    // nunjucks lets some faults through to its output (`{% block a-b %}`); only JavaScript finds these.
    new Function(code);
    return { ok: true, code };
  } catch (error) {
    const { line, message } = describeError(error);
    // nunjucks gives no line for what is missing at the end.
    return { ok: false, line: line ?? source.split('\n').length, message };
  }
}

/** nunjucks puts the place before the text, `(unknown path) [Line 2, Column 5]`, or on the error itself. */
function describeError(error: unknown): { line: number | null; message: string } {
  const text = cutText(error instanceof Error ? error.message : String(error), 100_000);
  const placed = /^\(unknown path\)(?: \[Line (\d+)[^\]]*\])?\s*/.exec(text);
  const own = error instanceof Error && 'lineno' in error && typeof error.lineno === 'number' ? error.lineno : null;
  const line = placed?.[1] === undefined ? own : Number(placed[1]);
  return { line, message: text.slice(placed?.[0].length ?? 0).replace(/^(?:Template render error|Error): /, '') };
}

function load(request: LoadRequest, progress: Int32Array): { result: LoadResult; run?: Guest['run'] } {
  const codes: string[] = [];
  const cached: string[] | null = request.cache === null ? null : JSON.parse(request.cache);
  for (const [at, source] of request.sources.entries()) {
    const compiled = cached === null ? compile(source) : { ok: true as const, code: cached[at] ?? '' };
    if (!compiled.ok) return { result: { ok: false, kind: 'syntax', message: atLine(compiled, request.limits), at } };
    codes.push(compiled.code);
  }
  const templates = codes.map((code) => {
    const props: CompiledTemplate = new Function(code)();
    return new Template({ type: 'code', obj: props }, environment);
  });
  const start = (data: string, event: string, source: string): string => {
    let values = '';
    const scope = { ...JSON.parse(data), event, source };
    for (const [at, template] of templates.entries()) {
      try {
        // nunjucks copies the scope, so that `set` in one template does not show in the next.
        const text = template.render(scope) ?? '';
        if (text.length > request.limits.outputBytes)
          return failureText('output', outputMessage(request.limits), `,"at":${at}`);
        values += `${at === 0 ? '' : ','}${JSON.stringify(text)}`;
      } catch (error) {
        return failureText('runtime', atLine(describeError(error), request.limits), `,"at":${at}`);
      }
    }
    return `{"ok":true,"values":[${values}]}`;
  };
  const result: LoadResult = cached === null ? { ok: true, cache: JSON.stringify(codes) } : { ok: true };
  return { result, run: createItemLoop(request.limits, progress, { start }) };
}

function outputMessage(limits: GuestLimits): string {
  return `the result exceeds ${limits.outputBytes} bytes`;
}

function atLine(fault: { line: number | null; message: string }, limits: GuestLimits): string {
  return cutText(fault.line === null ? fault.message : `line ${fault.line}: ${fault.message}`, limits.errorChars);
}

let run: Guest['run'] = () => '[]';

offerGuest({
  check(sources) {
    const faults = (JSON.parse(sources) as string[]).flatMap((source, index) => {
      const compiled = compile(source);
      return compiled.ok ? [] : [{ index, line: compiled.line, message: cutText(compiled.message, 1000) }];
    });
    return JSON.stringify(faults);
  },
  load(request, progress) {
    const loaded = load(JSON.parse(request), new Int32Array(progress));
    run = loaded.run ?? run;
    return JSON.stringify(loaded.result);
  },
  run: (batch) => run(batch),
});
