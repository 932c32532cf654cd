import { z } from 'zod';
import { type ShapeOf, shapeOf, type ValuesOf } from './field.ts';
import { HANDLER_DEFINITIONS, HANDLERS, type Handler, type HandlerDefinitions } from './handlers/index.ts';
import { HOOK_FIELDS, type HookFieldValues } from './hook-fields.ts';

type ConfigSchema<H extends Handler> =
  ShapeOf<HandlerDefinitions[H]['config']> extends infer S extends z.core.$ZodShape
    ? z.ZodObject<S, z.core.$strict>
    : never;
type HookShape<H extends Handler> = ShapeOf<typeof HOOK_FIELDS> & {
  handler: z.ZodLiteral<H>;
  config: ConfigSchema<H>;
};

/** One schema per handler: a whole hook with every default filled in, as clients can write it. */
export const HOOK_SCHEMAS = Object.fromEntries(
  HANDLERS.map((handler) => [
    handler,
    z.strictObject({
      ...shapeOf(HOOK_FIELDS),
      handler: z.literal(handler),
      config: z.strictObject(shapeOf(HANDLER_DEFINITIONS[handler].config)),
    }),
  ]),
  // `fromEntries` forgets which name has which schema.
) as unknown as { readonly [H in Handler]: z.ZodObject<HookShape<H>, z.core.$strict> };

/** The schema for a hook whose handler is missing or unknown: it still finds the faults of the other fields. */
export const UNKNOWN_HANDLER_SCHEMA = z.strictObject({
  ...shapeOf(HOOK_FIELDS),
  handler: z.enum(HANDLERS),
  config: z.unknown(),
});

/** The parts of a stored hook that its client cannot write. */
interface HookRecord {
  workspace: string;
  /** Own fields (absent from Kong) that the client gave, e.g. `enabled` or `config.language`: printed even at their default. */
  explicit: string[];
  /** Secrets that a rotation replaced and that still sign; the newest first. */
  old_secrets: OldSecret[];
  /** Fields whose stored values cannot be decrypted with any key of the installation, such as `config.secret`: empty here, intact in the table. */
  unreadable: string[];
}

/** A secret after its rotation. */
export interface OldSecret {
  secret: string;
  /** Epoch seconds: from then on it no longer signs. */
  ends_at: number;
}

/** A stored hook, every default filled in; `created_at` and `updated_at` in epoch seconds, `timeout` in ms, `snooze` in seconds. */
export type HookOf<H extends Handler> = {
  [K in H]: HookFieldValues & { handler: K; config: ConfigOf<K> } & HookRecord;
}[H];
export type ConfigOf<H extends Handler> = ValuesOf<HandlerDefinitions[H]['config']>;
export type Hook = HookOf<Handler>;

export type WebhookHook = HookOf<'webhook'>;
export type WebhookCustomHook = HookOf<'webhook-custom'>;
export type WebhookConfig = ConfigOf<'webhook'>;
export type WebhookCustomConfig = ConfigOf<'webhook-custom'>;
