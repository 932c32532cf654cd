import { type Fault, type Handler, isJsonObject } from '@eventhooks/contract';
import { resolveAndCheckUrl } from '@eventhooks/delivery';
import type { AdminContext } from '../context.ts';

/** Handlers that the workers of this release run. */
const SERVED_HANDLERS: ReadonlySet<unknown> = new Set<Handler>(['webhook', 'log']);
const HANDLERS_TO_COME: ReadonlySet<unknown> = new Set<Handler>(['webhook-custom', 'lambda']);

/** Faults that only doing tells: a URL that deliveries may not reach. Looks at a draft, which may have other faults. */
export async function findContentFaults(context: AdminContext, draft: Record<string, unknown>): Promise<Fault[]> {
  const faults: Fault[] = [];
  if (!SERVED_HANDLERS.has(draft.handler) && HANDLERS_TO_COME.has(draft.handler)) {
    faults.push({ path: ['handler'], message: `the handler '${String(draft.handler)}' is not served yet` });
  }
  const config = isJsonObject(draft.config) ? draft.config : {};
  if (typeof config.url === 'string' && /^https?:/i.test(config.url)) {
    const checked = await resolveAndCheckUrl(config.url, context.config.egress, context.resolveName);
    if (!checked.ok) faults.push({ path: ['config', 'url'], message: checked.message });
  }
  return faults;
}
