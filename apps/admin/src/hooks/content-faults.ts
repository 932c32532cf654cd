import { findTlsFaults } from '@eventhooks/config';
import {
  type Code,
  definitionOf,
  type Fault,
  type HandlerDefinition,
  isHandler,
  isJsonObject,
  parseHttpUrl,
} from '@eventhooks/contract';
import { resolveAndCheckUrl } from '@eventhooks/delivery';
import type { TemplateFault } from '@eventhooks/sandbox';
import type { AdminContext } from '../context.ts';

type Check = HandlerDefinition['checks'][number];
type Config = Readonly<Record<string, unknown>>;

const checks = {
  url: findUrlFaults,
  tls: async (_context, config) => findTlsFaults(config),
} satisfies Record<Check, (context: AdminContext, config: Config) => Promise<Fault[]>>;

/** A hook whose handler is missing or unknown gets every check. */
const allChecks: HandlerDefinition['checks'] = ['url', 'tls'];

/**
 * Faults that no schema can state: a URL that deliveries may not reach, TLS material that does not fit together, code that does
 * not compile. The handler's definition says where they are. Takes a draft, which may have other faults.
 */
export async function findContentFaults(context: AdminContext, draft: Record<string, unknown>): Promise<Fault[]> {
  const config = isJsonObject(draft.config) ? draft.config : {};
  const definition = isHandler(draft.handler) ? definitionOf(draft.handler) : null;
  const asked = definition?.checks ?? allChecks;
  const faults = await Promise.all(asked.map((check) => checks[check](context, config)));
  const code = definition?.findCode?.(config) ?? null;
  const codeFaults = code === null ? [] : await findCodeFaults(context, code);
  return [...faults.flat(), ...findExpressionFaults(context, draft), ...codeFaults.map(toFault)];
}

function findExpressionFaults({ filters }: AdminContext, draft: Record<string, unknown>): Fault[] {
  const expressions = { filter: filters.compile, order_by: filters.compileOrder };
  return Object.entries(expressions).flatMap(([field, compile]) => {
    const text = draft[field];
    if (typeof text !== 'string' || text === '') return [];
    const compiled = compile(text);
    return compiled.ok ? [] : [{ path: [field], message: compiled.message }];
  });
}

/** The schema refuses a text that is no URL; here it passes. */
async function findUrlFaults({ config: { egress }, resolveName }: AdminContext, { url }: Config): Promise<Fault[]> {
  const parsed = typeof url === 'string' ? parseHttpUrl(url) : null;
  if (!parsed?.ok) return [];
  const checked = await resolveAndCheckUrl(parsed.url.href, egress, resolveName);
  return checked.ok ? [] : [{ path: ['config', 'url'], message: checked.message }];
}

function findCodeFaults({ sandbox }: AdminContext, code: Code): Promise<TemplateFault[]> {
  switch (code.kind) {
    case 'templates':
      return sandbox.checkTemplates(code.templates);
    case 'functions':
      return sandbox.checkFunctions(code.language, code.functions);
  }
}

function toFault({ path, line, message }: TemplateFault): Fault {
  return { path: ['config', ...path], message: line === null ? message : `line ${line}: ${message}` };
}
