import { parseLossless } from '@eventhooks/contract/exact-json';
import { type Guest, type LoadRequest, type LoadResult, offerGuest } from './guest.ts';
import { createItemLoop, failureText, type GuestLimits, type ItemRunner } from './item-loop.ts';
import { type CompiledTemplate, compiler, Template } from './nunjucks-internals.ts';
import { cutText } from './primordials.ts';
import { createTemplateEnvironment } from './template-environment.ts';
import { acceptRestySpelling } from './template-resty.ts';

const environment = createTemplateEnvironment();

const maxCacheChars = 1024 * 1024;

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
    // nunjucks passes some faults on into the code (`{% block a-b %}`), where only JavaScript's compiler finds them.
    new Function(code);
    return findUnknownName(source, code) ?? { ok: true, code };
  } catch (error) {
    // nunjucks gives no line for a tag that is missing at the end.
    const line = error instanceof Error && 'lineno' in error ? error.lineno : undefined;
    const message = stripPlace(error instanceof Error ? error.message : String(error));
    return { ok: false, line: typeof line === 'number' ? line : source.split('\n').length, message };
  }
}

/** nunjucks notices a missing filter or test only when it is called. Here it is a fault of the template. */
function findUnknownName(source: string, code: string): Fault | null {
  // Quotes are escaped inside the text literals of the compiled code, so these matches are calls by nunjucks itself.
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

/** The line is reliable in errors of failed calls only. It counts from 0, and nunjucks does not print a 0. */
function describeRunError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const message = stripPlace(text);
  if (!message.startsWith('Unable to call')) return message;
  const line = Number(/^\(unknown path\) \[Line (\d+)/.exec(text)?.[1] ?? 0) + 1;
  return `line ${line}: ${message}`;
}

function load(request: LoadRequest): { result: LoadResult; start?: ItemRunner['start'] } {
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
    const scope = { ...Object(parseLossless(data)), event, source };
    for (const [at, template] of templates.entries()) {
      try {
        // nunjucks copies the scope, so that a `set` in one template does not reach the next.
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
  return { result: cached === null ? offerCache(JSON.stringify(codes)) : { ok: true }, start };
}

/** Compiled code is some ten times as long as its source. Very long code is compiled anew for each context. */
function offerCache(cache: string): LoadResult {
  return cache.length > maxCacheChars ? { ok: true } : { ok: true, cache };
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
    const wanted: LoadRequest = JSON.parse(request);
    let start: ItemRunner['start'] = () => '';
    run = createItemLoop(wanted.limits, new Int32Array(progress), { start: (...item) => start(...item) });
    const loaded = load(wanted);
    start = loaded.start ?? start;
    return JSON.stringify(loaded.result);
  },
  run: (batch) => run(batch),
});
