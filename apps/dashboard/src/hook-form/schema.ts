import type { HandlerForm, PublishedForm } from '@eventhooks/contract';

/** The part of JSON Schema that the API's own document uses. */
export interface JsonSchema {
  type?: string | string[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  description?: string;
  example?: unknown;
  $ref?: string;
  /** The field's form; null: the field is not in this list. */
  'x-form'?: PublishedForm | null;
  /** On a hook's schema: its handler's label, and the beginning of its form. */
  'x-handler'?: HandlerForm;
}

export interface OpenApi {
  components: { schemas: Record<string, JsonSchema> };
}

/** A handler, as the API describes it. */
export interface HandlerSpec extends HandlerForm {
  name: string;
  fields: FieldSpec[];
  /** Whether the API can show the request that would be sent. */
  canPreview: boolean;
}

export type FieldType = 'text' | 'integer' | 'boolean' | 'choice' | 'list' | 'map' | 'json';

/** One field of a hook, as the API describes it. */
export interface FieldSpec {
  /** `config.url` */
  path: string;
  label: string;
  form: PublishedForm | undefined;
  type: FieldType;
  isRequired: boolean;
  choices: string[];
  minimum: number | undefined;
  maximum: number | undefined;
  maxLength: number | undefined;
  description: string | undefined;
  example: string | undefined;
}

/** The handlers with their fields from /openapi.json, so that a new field of the API appears in the form. */
export function readHandlers(document: OpenApi): HandlerSpec[] {
  const { EventHookInput: input, RenderInput: render } = document.components.schemas;
  const previewed = render?.properties?.handler?.enum ?? [];
  return (input?.anyOf ?? []).flatMap((option) => {
    const schema = simplify(option, document);
    const name = schema.properties?.handler?.const;
    const form = schema['x-handler'];
    if (typeof name !== 'string' || form === undefined) return [];
    const fields = listFields(schema, { prefix: '', isAsked: true, form: undefined }, document);
    return [{ ...form, name, fields, canPreview: previewed.includes(name) }];
  });
}

/** The fields of any other body, whose nested objects are listed field by field. */
export function readFields(document: OpenApi, schema: string): FieldSpec[] {
  const place = { prefix: '', isAsked: true, form: undefined };
  return listFields(simplify(document.components.schemas[schema] ?? {}, document), place, document);
}

/** @throws for a handler that the API does not describe. */
export function findHandler(document: OpenApi, name: string): HandlerSpec {
  const handler = readHandlers(document).find((spec) => spec.name === name);
  if (handler === undefined) throw new Error(`/openapi.json does not describe a hook with the handler ${name}`);
  return handler;
}

/** The place of a list of fields. */
interface Place {
  prefix: string;
  /** False within an optional object: its required fields are not required of the hook. */
  isAsked: boolean;
  /** The form of the enclosing object, for fields without their own. */
  form: PublishedForm | undefined;
}

function listFields(schema: JsonSchema, place: Place, document: OpenApi): FieldSpec[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = place.prefix + name;
    const isRequired = place.isAsked && (schema.required?.includes(name) ?? false);
    const plain = simplify(property, document);
    const form = plain['x-form'] === undefined ? place.form : plain['x-form'];
    if (form === null || plain.const !== undefined) return [];
    // Objects that declare fields (`config`, `retry`) are listed field by field.
    if (plain.properties !== undefined && place.prefix === '') {
      return listFields(plain, { prefix: `${path}.`, isAsked: isRequired, form }, document);
    }
    return [describe(path, plain, form, isRequired)];
  });
}

/** A schema without the null that asks for a default. Annotations around it override its own. */
function simplify(schema: JsonSchema, document: OpenApi): JsonSchema {
  if (schema.$ref !== undefined) {
    const { $ref, ...around } = schema;
    const target = document.components.schemas[$ref.split('/').at(-1) ?? ''];
    return target === undefined ? schema : simplify({ ...target, ...around }, document);
  }
  const options = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = options;
  if (only === undefined || options.length > 1) return schema;
  const { anyOf: _anyOf, ...around } = schema;
  return simplify({ ...only, ...around }, document);
}

function describe(path: string, schema: JsonSchema, form: PublishedForm | undefined, isRequired: boolean): FieldSpec {
  return {
    path,
    label: form?.label ?? path.replace(/^config\./, '').replaceAll('_', ' '),
    form,
    type: typeOf(schema),
    isRequired,
    choices: (schema.enum ?? []).filter((choice) => typeof choice === 'string'),
    minimum: schema.minimum,
    maximum: schema.maximum,
    maxLength: schema.maxLength,
    description: schema.description,
    example: typeof schema.example === 'string' ? schema.example : undefined,
  };
}

function typeOf(schema: JsonSchema): FieldType {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (schema.enum !== undefined) return 'choice';
  if (types.includes('boolean')) return 'boolean';
  if (types.includes('integer') || types.includes('number')) return 'integer';
  if (types.includes('array')) return 'list';
  if (types.includes('string')) return 'text';
  const values = schema.additionalProperties;
  return typeof values === 'object' && values.type === 'string' ? 'map' : 'json';
}
