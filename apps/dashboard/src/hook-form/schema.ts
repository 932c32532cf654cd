import type { Hook } from '../api/types.ts';

/** As much of JSON Schema as the API's own document uses. */
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
}

export interface OpenApi {
  components: { schemas: Record<string, JsonSchema> };
}

export type FieldType = 'text' | 'integer' | 'boolean' | 'choice' | 'list' | 'map' | 'json';

/** One field of a hook, as the API describes it. */
export interface FieldSpec {
  /** `config.url` */
  path: string;
  type: FieldType;
  isRequired: boolean;
  choices: string[];
  minimum: number | undefined;
  maximum: number | undefined;
  maxLength: number | undefined;
  description: string | undefined;
  example: string | undefined;
}

/** Set by the server, or by the form's own parts. */
const NOT_ASKED: ReadonlySet<string> = new Set(['id', 'created_at', 'updated_at', 'handler', 'source', 'event']);

/** The fields of a hook with this handler, from /openapi.json: what the API learns, the form asks. */
export function readFields(document: OpenApi, handler: Hook['handler']): FieldSpec[] {
  const input = document.components.schemas.EventHookInput;
  const schema = input?.anyOf?.find(({ properties }) => properties?.handler?.const === handler);
  if (schema === undefined) throw new Error(`/openapi.json does not describe a hook with the handler ${handler}`);
  return listFields(schema, '', true, document).filter(({ path }) => !NOT_ASKED.has(path));
}

/** What an object that may be missing requires is not required of the hook. */
function listFields(schema: JsonSchema, prefix: string, isAsked: boolean, document: OpenApi): FieldSpec[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix + name;
    const isRequired = isAsked && (schema.required?.includes(name) ?? false);
    const plain = simplify(property, document);
    // Objects with fields of their own are asked field by field: `config`, `retry`.
    if (plain.properties !== undefined && prefix === '') return listFields(plain, `${path}.`, isRequired, document);
    return [describe(path, plain, isRequired)];
  });
}

/** Without the null that asks for a default, and with what is said around it. */
function simplify(schema: JsonSchema, document: OpenApi): JsonSchema {
  if (schema.$ref !== undefined) {
    const target = document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target === undefined ? schema : simplify(target, document);
  }
  const options = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = options;
  if (only === undefined || options.length > 1) return schema;
  const { anyOf: _anyOf, ...around } = schema;
  return simplify({ ...only, ...around }, document);
}

function describe(path: string, schema: JsonSchema, isRequired: boolean): FieldSpec {
  return {
    path,
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
