import { findTlsFaults } from '@eventhooks/config';
import {
  type Fault,
  isJsonObject,
  type LambdaConfig,
  lambdaConfigSchema,
  type WebhookCustomConfig,
  webhookCustomConfigSchema,
} from '@eventhooks/contract';
import { resolveAndCheckUrl } from '@eventhooks/delivery';
import type { CustomTemplates, TemplateFault } from '@eventhooks/sandbox';
import type { AdminContext } from '../context.ts';

/**
 * Faults that no schema can state: a URL that deliveries may not reach, TLS material that does not fit together, templates and
 * functions that do not compile. Takes a draft, which may have other faults.
 */
export async function findContentFaults(context: AdminContext, draft: Record<string, unknown>): Promise<Fault[]> {
  const faults: Fault[] = [];
  const config = isJsonObject(draft.config) ? draft.config : {};
  // The schema refuses every other protocol. The parsed one is asked for, because parsing drops spaces before it.
  if (typeof config.url === 'string' && /^https?:$/.test(URL.parse(config.url)?.protocol ?? '')) {
    const checked = await resolveAndCheckUrl(config.url, context.config.egress, context.resolveName);
    if (!checked.ok) faults.push({ path: ['config', 'url'], message: checked.message });
  }
  const sources = await findSourceFaults(context, draft.handler, config);
  return [...faults, ...findTlsFaults(config), ...sources.map(toFault)];
}

/** The parts of a custom webhook that the sandbox renders. */
export function templatesOf(config: WebhookCustomConfig): CustomTemplates {
  return {
    payload: config.payload,
    payloadFormat: config.payload_format,
    body: config.body,
    bodyFormat: config.body_format,
    headers: config.headers,
    headersFormat: config.headers_format,
  };
}

async function findSourceFaults(context: AdminContext, handler: unknown, config: unknown): Promise<TemplateFault[]> {
  if (handler === 'webhook-custom') {
    const parsed = webhookCustomConfigSchema.safeParse(config);
    return parsed.success ? context.sandbox.checkTemplates(templatesOf(parsed.data)) : [];
  }
  if (handler === 'lambda') {
    const parsed = lambdaConfigSchema.safeParse(config);
    return parsed.success ? checkFunctions(context, parsed.data) : [];
  }
  return [];
}

function checkFunctions(context: AdminContext, { language, functions }: LambdaConfig): Promise<TemplateFault[]> {
  return context.sandbox.checkFunctions(language, functions);
}

function toFault({ path, line, message }: TemplateFault): Fault {
  return { path: ['config', ...path], message: line === null ? message : `line ${line}: ${message}` };
}
