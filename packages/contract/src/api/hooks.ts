import { z } from 'zod';
import { type Field, type FieldForm, type Fields, type OwnNamesOf, requiredNamesOf } from '../field.ts';
import type { HandlerDefinition } from '../handlers/define.ts';
import { definitionOf, HANDLERS, type Handler } from '../handlers/index.ts';
import { HOOK_FIELDS, type HookFieldValues } from '../hook-fields.ts';
import { HOOK_LIMITS } from '../hook-limits.ts';
import type { JsonValue } from '../json.ts';
import { time } from './time.ts';

const unreadable = z.array(z.string()).optional().meta({
  description: 'Fields whose stored values no key of EVENTHOOKS_SECRET_KEYS opens; absent when all are readable.',
});

const warnings = z.array(z.string()).optional().meta({
  description: 'In the answer to a write: fields that the filter reads and no event of the hook can have.',
});

/** Viewers see the values of headers that may be credentials as null. */
const printedHeaders = z.record(z.string(), z.string().nullable());

const [firstHandler, ...otherHandlers] = HANDLERS;

/**
 * A hook in an answer: own fields appear only when they were given or differ from their default. Types cannot follow the fields
 * through the definitions of the handlers; tests compare every answer with this schema.
 */
export const printedHookSchema = z
  .discriminatedUnion('handler', [printedSchemaOf(firstHandler), ...otherHandlers.map(printedSchemaOf)])
  .meta({ id: 'EventHook' }) as unknown as z.ZodType<PrintedHook>;

type KongField = Exclude<keyof typeof HOOK_FIELDS, OwnNamesOf<typeof HOOK_FIELDS>>;

/** The same as a type, for code that treats all handlers alike. */
export type PrintedHook = Pick<HookFieldValues, KongField> &
  Partial<Pick<HookFieldValues, OwnNamesOf<typeof HOOK_FIELDS>>> & {
    handler: Handler;
    config: Record<string, unknown>;
    unreadable?: string[];
    warnings?: string[];
  };

function printedSchemaOf(handler: Handler): z.ZodObject {
  const { config, schemaId } = definitionOf(handler);
  return z
    .strictObject({
      ...printedShapeOf(HOOK_FIELDS),
      handler: z.literal(handler),
      config: z.strictObject(printedShapeOf(config)),
      warnings,
      ...(Object.values(config).some(({ secret }) => secret !== undefined) && { unreadable }),
    })
    .meta({ id: schemaId });
}

function printedShapeOf(fields: Fields): Record<string, z.ZodType> {
  const print = ({ schema, isOwn, secret }: Field): z.ZodType => {
    const printed = secret === 'header_values' ? printedHeaders : schema;
    return isOwn ? printed.optional() : printed;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, print(field)]));
}

/** The dashboard's choice of a handler: `x-handler` of its schema in /openapi.json. */
export type HandlerForm = Pick<HandlerDefinition, 'label' | 'description' | 'start'>;

/** The form's view of a field: its `x-form` in /openapi.json. A default that depends on the installation is left out. */
export type PublishedForm = FieldForm & { default?: JsonValue };

/** The fields as clients write them: all but required ones may be missing, or null for the default. A patch needs no forms. */
function inputShapeOf(fields: Fields, { isPatch }: { isPatch: boolean }): Record<string, z.ZodType> {
  const required = isPatch ? [] : requiredNamesOf(fields);
  const readInput = ([name, field]: [string, Field]): [string, z.ZodType] => {
    const schema = required.includes(name) ? field.schema : acceptAbsence(field.schema);
    return [name, isPatch ? schema : schema.meta({ 'x-form': publishForm(field) })];
  };
  return Object.fromEntries(Object.entries(fields).map(readInput));
}

/** A schema that takes null already gets no second one: generated clients cannot name a union within a union. */
function acceptAbsence(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodNullable ? schema.optional() : schema.nullish();
}

function publishForm({ form, default: value }: Field): PublishedForm | null {
  if (form === null || value === undefined || typeof value === 'function') return form;
  return { ...form, default: value };
}

function hookInput(handler: Handler, { isPatch }: { isPatch: boolean }): z.ZodObject {
  const { schemaId, label, description, start, config } = definitionOf(handler);
  const configInput = z.strictObject(inputShapeOf(config, { isPatch }));
  const isConfigOptional = isPatch || requiredNamesOf(config).length === 0;
  const handlerInput = z.literal(handler);
  const form: HandlerForm = { label, description, start };
  return z
    .strictObject({
      ...inputShapeOf(HOOK_FIELDS, { isPatch }),
      handler: isPatch ? handlerInput.nullish() : handlerInput,
      config: isConfigOptional ? configInput.nullish() : configInput,
    })
    .meta({
      id: `${schemaId}${isPatch ? 'Patch' : 'Input'}`,
      description: `A hook whose handler is ${handler}.`,
      ...(!isPatch && { 'x-handler': form }),
    });
}

/** The body of POST and PUT. */
export const hookInputSchema = z
  .union(HANDLERS.map((handler) => hookInput(handler, { isPatch: false })))
  .meta({ id: 'EventHookInput' });

/** The body of PATCH. */
export const hookPatchSchema = z
  .union(HANDLERS.map((handler) => hookInput(handler, { isPatch: true })))
  .meta({ id: 'EventHookPatch' });

/** The body of `POST /event-hooks/{id}/rotate-secret`. */
export const rotateSecretInputSchema = z
  .strictObject({
    secret: z
      .string()
      .min(1)
      .max(HOOK_LIMITS.secretLength)
      .nullish()
      .meta({ description: 'Absent: one is made, `whsec_` and base64.' }),
    grace_period: z
      .int()
      .min(0)
      .max(HOOK_LIMITS.graceSeconds)
      .nullish()
      .meta({ description: 'Seconds for which older secrets sign beside the new one; default 86400.' }),
  })
  .meta({ id: 'RotateSecretInput' });
export type RotateSecretInput = z.infer<typeof rotateSecretInputSchema>;

export const hookSecretsSchema = z
  .object({
    data: z.array(
      z.object({
        secret: z.string().nullable(),
        ends_at: z.int().nullable().meta({ description: 'Epoch seconds; null for the current one.' }),
      }),
    ),
  })
  .meta({ id: 'HookSecrets' });

export const pingSchema = z
  .object({
    source: z.literal('kong:event_hooks'),
    event: z.literal('ping'),
    event_hooks: printedHookSchema,
  })
  .meta({ id: 'Ping' });

/** Waiting deliveries are counted up to this many. */
export const WAITING_COUNTED = 100_000;

export const hookStatusSchema = z
  .object({
    breaker: z.object({
      state: z.enum(['closed', 'open', 'half_open']).meta({
        description: 'Open: the endpoint is left alone until its probe. Half-open: the probe is under way.',
      }),
      opened_at: time.nullable(),
      probe_at: time.nullable().meta({ description: 'When the next probe may go.' }),
    }),
    failing_since: time
      .nullable()
      .meta({ description: 'The time since which no delivery succeeded; null when the last one did.' }),
    disabled_reason: z
      .string()
      .nullable()
      .meta({ description: 'Why Eventhooks disabled the hook; null if it did not.' }),
    filter_error: z
      .object({ event_id: z.guid(), message: z.string(), time })
      .nullable()
      .meta({ description: 'The latest error of its filter; null when there was none since the filter was set.' }),
    paused: z.int().max(WAITING_COUNTED).meta({
      description: 'Deliveries that wait because the hook is or was paused, counted up to the maximum.',
    }),
    waiting: z.int().max(WAITING_COUNTED).meta({ description: 'Waiting deliveries, counted up to the maximum.' }),
    ordered: z.int().max(WAITING_COUNTED).meta({
      description: 'Deliveries that wait behind another one of their key (`reason: order`), counted up to the maximum.',
    }),
    held_keys: z.int().max(WAITING_COUNTED).meta({
      description:
        'Keys that stand still behind an exhausted delivery (`on_exhausted: hold`), counted up to the maximum.',
    }),
    due_since: time.nullable().meta({ description: 'The time since which the oldest due delivery has been due.' }),
    defaults: z
      .object({
        retry: z.object({ schedule: z.array(z.number()).meta({ description: 'Seconds.' }) }),
        timeout: z.int().meta({ description: 'Milliseconds.' }),
        max_in_flight: z.int(),
      })
      .meta({ description: "The installation's values, for fields of the hook that are not set." }),
  })
  .meta({ id: 'HookStatus' });
