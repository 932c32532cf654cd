import type { Handler as HandlerName, HookOf } from '@eventhooks/contract';
import type { StoredHook } from '@eventhooks/database';
import type { DeliveryClient } from '@eventhooks/delivery';
import type { Logger } from '@eventhooks/operations';
import type { Sandbox } from '@eventhooks/sandbox';
import type { Delivery } from '../delivery/delivery.ts';
import type { Attempt } from '../delivery/outcome.ts';

/** The services that handlers use. */
export interface HandlerTools {
  client: DeliveryClient;
  sandbox: Sandbox;
  logger: Logger;
  /** The timeout of hooks that set none. */
  defaultTimeoutMs: number;
}

/** Prepares the attempts of one hook's deliveries, in their order. Work that several deliveries share is done here, once. */
export type Prepare = (deliveries: readonly Delivery[], tools: HandlerTools) => Attempt[] | Promise<Attempt[]>;

export type { HandlerName };

/** The config of a hook. A handler gets only its own hooks, so any other hook is a bug. */
export function configOf<H extends HandlerName>(hook: StoredHook, handler: H): HookOf<H>['config'] {
  if (hook.handler !== handler) throw new Error(`hook ${hook.id} is no ${handler}`);
  return hook.config as HookOf<H>['config'];
}
