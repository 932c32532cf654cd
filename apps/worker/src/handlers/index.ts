import type { HandlerName, Prepare } from './handler.ts';
import { prepareLambda } from './lambda.ts';
import { prepareLog } from './log.ts';
import { prepareWebhook } from './webhook.ts';
import { prepareWebhookCustom } from './webhook-custom.ts';

export type { HandlerTools } from './handler.ts';

export const handlers = {
  webhook: prepareWebhook,
  'webhook-custom': prepareWebhookCustom,
  log: prepareLog,
  lambda: prepareLambda,
} satisfies Record<HandlerName, Prepare>;
