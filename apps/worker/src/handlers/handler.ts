import type { Handler as HandlerName, HookOf } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { DeliveryClient } from '@eventhooks/delivery';
import type { Logger } from '@eventhooks/operations';
import type { Sandbox } from '@eventhooks/sandbox';
import type { Delivery } from '../delivery/delivery.ts';
import type { Attempt } from '../delivery/outcome.ts';

/** The means by which handlers act. */
export interface HandlerTools {
  client: DeliveryClient;
  sandbox: Sandbox;
  logger: Logger;
  /** For hooks that set none of their own. */
  defaultTimeoutMs: number;
}

/** Readies the attempts of one hook's deliveries, in their order. Work that can be done for all at once is done here. */
export type Prepare = (deliveries: readonly Delivery[], tools: HandlerTools) => Attempt[] | Promise<Attempt[]>;

export type { HandlerName };

/** The config of a hook. A handler is given hooks of its own alone, so another one here is a bug and not an input. */
export function configOf<H extends HandlerName>(hook: StoredHook, handler: H): HookOf<H>['config'] {
  if (hook.handler !== handler) throw new Error(`hook ${hook.id} is no ${handler}`);
  return hook.config as HookOf<H>['config'];
}
