import { CelScalar, type CelType, listType, mapType, objectType } from '@bufbuild/cel';

export const { BOOL, BYTES, DOUBLE, DYN, INT, NULL, STRING, TYPE, UINT } = CelScalar;
export const TIMESTAMP = objectType('google.protobuf.Timestamp');
export const LIST = listType(DYN);
export const MAP = mapType(DYN, DYN);

/** Identifiers that stand for a type, as in `type(data.a) == int`. */
export const typeNames: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);

const numbers: ReadonlySet<string> = new Set(['int', 'uint', 'double']);
const keys: ReadonlySet<string> = new Set(['int', 'uint', 'bool', 'string', 'dyn']);

/** Whether a value of type `given` may turn out to be one of type `wanted`. */
export function accepts(wanted: CelType, given: CelType): boolean {
  if (wanted.name === 'dyn' || given.name === 'dyn') return true;
  if (wanted.kind === 'list') return given.kind === 'list' && accepts(wanted.element, given.element);
  if (wanted.kind === 'map')
    return given.kind === 'map' && accepts(wanted.key, given.key) && accepts(wanted.value, given.value);
  return wanted.name === given.name;
}

/** Whether `==` between the two can be true. Numbers compare across their types; null compares with messages. */
export function areComparable(one: CelType, other: CelType): boolean {
  if (accepts(one, other) || (numbers.has(one.name) && numbers.has(other.name))) return true;
  if (one.kind === 'list' && other.kind === 'list') return areComparable(one.element, other.element);
  if (one.kind === 'map' && other.kind === 'map')
    return areComparable(one.key, other.key) && areComparable(one.value, other.value);
  const isNull = (type: CelType): boolean => type.name === 'null_type';
  return (isNull(one) && other.kind === 'object') || (isNull(other) && one.kind === 'object');
}

export function mayBeKey(type: CelType): boolean {
  return keys.has(type.name);
}

/** The type of what may have any of these types. */
export function join(types: readonly CelType[]): CelType {
  const [first = DYN, ...others] = types;
  return others.every((type) => String(type) === String(first)) ? first : DYN;
}

/** Whether values of this type are small and compared at once. A text's length is bounded by what is joined. */
export function isScalar(type: CelType): boolean {
  return type.kind === 'scalar' && type.name !== 'dyn';
}
