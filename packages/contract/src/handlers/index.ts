import type { HandlerDefinition } from './define.ts';
import { lambda } from './lambda.ts';
import { log } from './log.ts';
import { webhook } from './webhook.ts';
import { webhookCustom } from './webhook-custom.ts';

/** Every handler by its name. The worker has a table of the same names; a handler that is in only one of them does not compile. */
export const HANDLER_DEFINITIONS = {
  webhook,
  'webhook-custom': webhookCustom,
  log,
  lambda,
} as const satisfies Readonly<Record<string, HandlerDefinition>>;

export type HandlerDefinitions = typeof HANDLER_DEFINITIONS;
export type Handler = keyof HandlerDefinitions;

export function isHandler(value: unknown): value is Handler {
  return typeof value === 'string' && Object.hasOwn(HANDLER_DEFINITIONS, value);
}

/** In the order of the table. `keys` forgets the names, and that there are some. */
export const HANDLERS = Object.keys(HANDLER_DEFINITIONS) as [Handler, ...Handler[]];

/** The handlers whose definition has this, e.g. `{ canPing: true }`. */
export type HandlersWith<D> = { [H in Handler]: HandlerDefinitions[H] extends D ? H : never }[Handler];

/** The definition of a handler that is known only at run time. */
export function definitionOf(handler: Handler): HandlerDefinition {
  return HANDLER_DEFINITIONS[handler];
}

/** Whether `POST /event-hooks/render` takes it. */
export function canPreview(handler: Handler): handler is HandlersWith<{ canPreview: true }> {
  return HANDLER_DEFINITIONS[handler].canPreview;
}
