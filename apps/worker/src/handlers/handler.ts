import type { Handler as HandlerName, HookOf } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { DeliveryClient } from '@eventhooks/delivery';
import type { Logger } from '@eventhooks/operations';
import type { Sandbox } from '@eventhooks/sandbox';
import type { Attempt, Firing } from '../firing.ts';

/** What handlers act through. */
export interface HandlerTools {
  client: DeliveryClient;
  sandbox: Sandbox;
  logger: Logger;
  /** Of a hook that does not set its own. */
  defaultTimeoutMs: number;
}

/** Readies the attempts of one hook's firings, one each and in their order: what can be done for all at once is done here. */
export type Prepare = (firings: readonly Firing[], tools: HandlerTools) => Attempt[] | Promise<Attempt[]>;

export type { HandlerName };

/**
 * The config of a firing's hook. Hooks are grouped by handler before a handler sees them, so another handler here is a
 * bug, not an input.
 */
export function configOf<H extends HandlerName>(hook: StoredHook, handler: H): HookOf<H>['config'] {
  if (hook.handler !== handler) throw new Error(`hook ${hook.id} is no ${handler}`);
  return hook.config as HookOf<H>['config'];
}
