import { isRecord } from '../api.ts';
import { resolvePointer } from '../json-pointer.ts';

type Schema = Record<string, unknown>;

/**
 * The TypeScript type that a JSON Schema describes, as far as TypeScript can express it: types, properties, items, enum, const, references
 * within the schema, and combinations. Other keywords do not change the type.
 */
export function typeOfSchema(schema: unknown, root: unknown = schema, depth = 0): string {
  if (!isRecord(schema) || depth > 16) return 'unknown';
  const again = (part: unknown) => typeOfSchema(part, root, depth + 1);
  const { $ref, allOf } = schema;
  if (typeof $ref === 'string') return again(resolvePointer($ref, root));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choice = schema.oneOf ?? schema.anyOf;
  const parts = [
    ...(Array.isArray(choice) ? [union(choice.map(again))] : []),
    ...(Array.isArray(allOf) ? allOf.map(again) : []),
  ];
  const own = typeOfTypes(schema, again);
  if (own !== 'unknown' || parts.length === 0) parts.push(own);
  return parts.length === 1 ? parts.join('') : parts.map(bracket).join(' & ');
}

function typeOfTypes(schema: Schema, again: (part: unknown) => string): string {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? (schema.properties ? 'object' : undefined)];
  return union(types.map((type) => typeOfType(type, schema, again)));
}

function typeOfType(type: unknown, schema: Schema, again: (part: unknown) => string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `${bracket(schema.items === undefined ? 'unknown' : again(schema.items))}[]`;
    case 'object':
      return typeOfObject(schema, again);
    default:
      return 'unknown';
  }
}

function typeOfObject(
  { properties, required, additionalProperties }: Schema,
  again: (part: unknown) => string,
): string {
  const needed = Array.isArray(required) ? required : [];
  const fields = Object.entries(isRecord(properties) ? properties : {}).map(
    ([name, property]) => `${printKey(name)}${needed.includes(name) ? '' : '?'}: ${again(property)}`,
  );
  const others = isRecord(additionalProperties) ? again(additionalProperties) : 'unknown';
  // An index signature must also allow the declared fields.
  if (additionalProperties !== false) fields.push(`[field: string]: ${fields.length === 0 ? others : 'unknown'}`);
  return fields.length === 0 ? 'Record<string, never>' : `{ ${fields.join('; ')} }`;
}

export function printKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ') || 'never';
}

function bracket(type: string): string {
  return /[|&]/.test(type) && !type.startsWith('{') ? `(${type})` : type;
}
