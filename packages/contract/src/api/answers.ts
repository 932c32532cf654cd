import { z } from 'zod';
import { time } from './time.ts';

export const messageSchema = z.object({ message: z.string() }).meta({ id: 'Error' });

/** The reason why a handler could not run, with its stable code. */
export const failureSchema = messageSchema
  .extend({
    status: z.int().nullable().optional().meta({ description: "The receiver's status; null when none arrived." }),
    error_code: z.string(),
  })
  .meta({ id: 'Failure' });

const faultTree = z.record(z.string(), z.unknown()).meta({
  description: 'Faults nested as the body nests: a message at each field that has one.',
});
export const schemaViolationSchema = z
  .object({
    code: z.literal(2),
    name: z.literal('schema violation'),
    message: z.string(),
    fields: faultTree,
    faults: z
      .array(z.object({ index: z.int(), field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Of a refused publication: the faults of each event, by its index from 0.' }),
  })
  .meta({ id: 'SchemaViolation' });

export const codedErrorSchema = z
  .object({ code: z.int(), name: z.string(), message: z.string(), fields: faultTree.optional() })
  .meta({ id: 'CodedError' });

/** The page of a list that can be searched. */
export function searchPageSchema<T extends z.ZodType>(item: T) {
  return pageSchema(item).extend({
    looked_at_to: time.optional().meta({
      description:
        'Of a search, or a filter that few rows meet, whose time was over: everything down to this time of publishing was looked at, and `next` goes on from there.',
    }),
  });
}

/** A page of a list. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    next: z.string().nullable().meta({ description: 'The path of the next page; null on the last.' }),
    offset: z.string().optional().meta({ description: "The next page's cursor." }),
  });
}

export interface Page<T> {
  data: T[];
  /** The path of the next page; null on the last. */
  next: string | null;
  /** The next page's cursor, if there is one. */
  offset?: string;
}

/** The page of a list that can be searched. */
export interface SearchPage<T> extends Page<T> {
  looked_at_to?: string;
}
