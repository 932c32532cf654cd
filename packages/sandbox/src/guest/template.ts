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
  line: number;
  message: string;
}

function compile(source: string): Compiled | Fault {
  try {
    const code = compiler.compile(acceptRestySpelling(source), [], [], 'template', {});
    // nunjucks lets some faults through to its output (`{% block a-b %}`); only JavaScript finds these.
    new Function(code);
    return findUnknownName(source, code) ?? { ok: true, code };
  } catch (error) {
    // nunjucks gives no line for what is missing at the end.
    const line = error instanceof Error && 'lineno' in error ? error.lineno : undefined;
    const message = stripPlace(error instanceof Error ? error.message : String(error));
    return { ok: false, line: typeof line === 'number' ? line : source.split('\n').length, message };
  }
}

/** nunjucks finds a missing filter or test only when it is called; here it is a fault of the template. */
function findUnknownName(source: string, code: string): Fault | null {
  // Inside the text literals of the compiled code quotes are escaped, so that these calls are nunjucks's own.
  for (const [, kind, name = ''] of code.matchAll(/env\.get(Filter|Test)\("([^"\\]+)"\)/g)) {
    const isKnown = name in (kind === 'Filter' ? environment.filters : environment.tests);
    if (isKnown) continue;
    const line = source.slice(0, Math.max(source.indexOf(name), 0)).split('\n').length;
    return { ok: false, line, message: `${kind === 'Filter' ? 'filter' : 'test'} not found: ${name}` };
  }
  return null;
}

/** nunjucks puts the place before the text: `(unknown path) [Line 2, Column 5]`. */
function stripPlace(text: string): string {
  return text.replace(/^\(unknown path\)(?: \[Line [^\]]*\])?\s*(?:Template render error: |Error: )?/, '');
}

/** Only failed calls carry a line that can be relied on; it counts from 0, and 0 is not printed. */
function describeRunError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const message = stripPlace(text);
  if (!message.startsWith('Unable to call')) return message;
  const line = Number(/^\(unknown path\) \[Line (\d+)/.exec(text)?.[1] ?? 0) + 1;
  return `line ${line}: ${message}`;
}

function load(request: LoadRequest, progress: Int32Array): { result: LoadResult; run?: Guest['run'] } {
  const codes: string[] = [];
  const cached: string[] | null = request.cache === null ? null : JSON.parse(request.cache);
  for (const [at, source] of request.sources.entries()) {
    const compiled = cached === null ? compile(source) : { ok: true as const, code: cached[at] ?? '' };
    if (!compiled.ok)
      return { result: { ok: false, kind: 'syntax', message: syntaxMessage(compiled, request.limits), at } };
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
        return failureText('runtime', cutText(describeRunError(error), request.limits.errorChars), `,"at":${at}`);
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

function syntaxMessage({ line, message }: Fault, limits: GuestLimits): string {
  return cutText(`line ${line}: ${message}`, limits.errorChars);
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
