import type { HandlerName, Prepare } from './handler.ts';
import { prepareLog } from './log.ts';
import { prepareWebhook } from './webhook.ts';

export type { HandlerTools } from './handler.ts';

/** Handlers that this worker has. */
export const handlers: Partial<Record<HandlerName, Prepare>> = {
  webhook: prepareWebhook,
  log: prepareLog,
};
