import type { z } from 'zod';
import type { JsonValue } from './json.ts';

/** The values that a field's default may depend on. */
export interface DefaultContext {
  newId: string;
  /** Epoch seconds. */
  now: number;
  /** The operator's choice: false on Kong's reference page, true from Kong 3.14 on. */
  sslVerify: boolean;
}

/** The field in the dashboard's form; published in /openapi.json as `x-form`. The field's description is its hint. */
export interface FieldForm {
  label: string;
  section: 'hearing' | 'target' | 'content' | 'firing' | 'delivery' | 'more';
  /** Absent: the type decides. */
  editor?: 'template' | 'functions' | 'secret' | 'pem' | 'private_key' | 'names' | 'expression' | 'time';
  /** Usual values of a text that may have any other. */
  suggestions?: readonly string[];
  /** A function to begin with, by language; for the editor `functions`. */
  starts?: Readonly<Record<string, string>>;
}

/** One field of a hook or of a handler's config: everything that tables, forms and documents are derived from. */
export interface Field {
  schema: z.ZodType;
  /** The value for a hook that gives none, or null. Absent: the field is required. */
  default?: JsonValue | ((context: DefaultContext) => JsonValue);
  /** Absent from Kong: printed only if the client gave it, or if it differs from its default. */
  isOwn?: true;
  /** Kept encrypted, and shown to admins only: the whole value, or the values of headers that may be credentials. */
  secret?: 'value' | 'header_values';
  /** The type of its column if that is not the API's: JSON, or a time for epoch seconds or for ISO 8601. */
  column?: 'json' | 'time' | 'iso_time';
  /** Brings what a client may write into the schema's type. */
  read?: (given: unknown) => unknown;
  /** Null: the server sets it, or another part of the form asks for it. */
  form: FieldForm | null;
}

export type Fields = Readonly<Record<string, Field>>;

type DefaultOf<S extends z.ZodType> = z.infer<S> | ((context: DefaultContext) => z.infer<S>);

/** Declares a field. Its default must be a value that its schema takes. */
export function defineField<S extends z.ZodType, const R extends Omit<Field, 'schema'> & { default?: DefaultOf<S> }>(
  schema: S,
  rest: R,
): R & { schema: S } {
  return { ...rest, schema };
}

export type ShapeOf<F extends Fields> = { -readonly [N in keyof F]: F[N]['schema'] };
export type ValuesOf<F extends Fields> = { -readonly [N in keyof F]: z.infer<F[N]['schema']> };
export type OwnNamesOf<F extends Fields> = {
  [N in keyof F]: F[N] extends { isOwn: true } ? N : never;
}[keyof F];

/** The fields' schemas, for `z.strictObject`. */
export function shapeOf<F extends Fields>(fields: F): ShapeOf<F> {
  // `fromEntries` forgets which name has which schema.
  return Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])) as ShapeOf<F>;
}

/** The defaults of all fields that have one. */
export function defaultsOf(fields: Fields, context: DefaultContext): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => 'default' in field)
      .map(([name, field]) => [name, typeof field.default === 'function' ? field.default(context) : field.default]),
  );
}

/** The names of the fields that a client has to give. */
export function requiredNamesOf(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, field]) => ('default' in field ? [] : [name]));
}

/** The names of the fields that Kong does not have. */
export function ownNamesOf(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, { isOwn }]) => (isOwn ? [name] : []));
}
