import { type CelInput, celUint, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js';
import { createRegistry } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { anyUnpack, DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { createLanguage, type VariableType } from '../src/language.ts';

/**
 * The conformance suite of the language, as far as it applies: no protocol buffers, of which JSON knows nothing, and none of the
 * extensions. What is not as the suite says is listed here and in docs/adr/0013, and nothing else may join it.
 */
const files = [
  'basic',
  'comparisons',
  'conversions',
  'fields',
  'fp_math',
  'integer_math',
  'lists',
  'logic',
  'macros',
  'parse',
  'plumbing',
  'string',
  'timestamps',
];

const known = [
  // Variables whose names have dots; ours have none.
  'fields/qualified_identifier_resolution/ident_with_longest_prefix_check',
  'fields/qualified_identifier_resolution/map_field_select',
  'fields/qualified_identifier_resolution/qualified_ident',
  // {0: 1, 0u: 2} is taken, although the two keys are equal.
  'fields/qualified_identifier_resolution/map_value_repeat_key_heterogeneous',
  // Field names in backticks; data['a-b'] serves.
  'fields/quoted_map_fields/field_access_dash',
  'fields/quoted_map_fields/field_access_dot',
  'fields/quoted_map_fields/field_access_slash',
  'fields/quoted_map_fields/has_field_dash',
  'fields/quoted_map_fields/has_field_dot',
  'fields/quoted_map_fields/has_field_slash',
];

const registry = createRegistry(TimestampSchema, DurationSchema);

interface Case {
  name: string;
  test: IncrementalTest;
}

function listCases(suite: IncrementalTestSuite, path: string): Case[] {
  const own = suite.tests.map((test) => ({ name: `${path}/${test.original.name}`, test }));
  return [...own, ...suite.suites.flatMap((inner) => listCases(inner, `${path}/${inner.name}`))];
}

const cases = getConformanceSuite()
  .suites.filter(({ name }) => files.includes(name))
  .flatMap((suite) => listCases(suite, suite.name))
  .filter(
    ({ test: { ast = '', original } }) =>
      !/TestAllTypes|google\.protobuf\.\w*Value/.test(ast) &&
      !original.expr.includes('\0') &&
      !original.disableMacros &&
      !original.disableCheck,
  );

function toInput(value: Value | undefined): CelInput {
  const kind = value?.kind;
  switch (kind?.case) {
    case 'uint64Value':
      return celUint(kind.value);
    case 'listValue':
      return kind.value.values.map(toInput);
    case 'mapValue':
      return new Map(kind.value.entries.map((entry) => [toKey(entry.key), toInput(entry.value)]));
    case 'objectValue':
      return anyUnpack(kind.value, registry) ?? null;
    case 'boolValue':
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
      return kind.value;
    default:
      return null;
  }
}

function toKey(value: Value | undefined): string | bigint | boolean {
  const kind = value?.kind;
  if (kind?.case === 'uint64Value') return kind.value;
  return kind?.case === 'stringValue' || kind?.case === 'int64Value' || kind?.case === 'boolValue' ? kind.value : '';
}

/** A value with its type as text. */
function print(value: unknown): string {
  if (isCelUint(value)) return `uint ${value.value}`;
  if (isCelList(value) || Array.isArray(value)) return `[${[...value].map(print).join(', ')}]`;
  if (isCelMap(value) || value instanceof Map)
    return `{${[...value].map(([key, item]) => `${isCelUint(key) ? key.value : String(key)}: ${print(item)}`).sort()}}`;
  if (isCelType(value)) return `type ${value.name}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  const message = isReflectMessage(value) ? value.message : value;
  if (typeof message === 'object' && message !== null && 'seconds' in message && 'nanos' in message)
    return `time ${message.seconds}.${message.nanos}`;
  return `${typeof value} ${Object.is(value, -0) ? 0 : value}`;
}

/** Null when the case holds, or else what came instead. */
function run({ test: { original } }: Case): string | null {
  const variables = Object.keys({
    ...original.bindings,
    ...Object.fromEntries(original.typeEnv.map(({ name }) => [name, 0])),
  });
  const language = createLanguage(Object.fromEntries(variables.map((name): [string, VariableType] => [name, 'dyn'])));
  const compiled = language.compile(original.expr, 'any');
  const matcher = original.resultMatcher;
  const wantsError = matcher.case === 'evalError' || matcher.case === 'anyEvalErrors';
  if (!compiled.ok) return wantsError ? null : compiled.message;
  const bindings = Object.entries(original.bindings).map(([name, { kind }]): [string, CelInput] => [
    name,
    kind.case === 'value' ? toInput(kind.value) : null,
  ]);
  const result = compiled.expression.evaluate(Object.fromEntries(bindings));
  if (!result.ok) return wantsError ? null : result.message;
  if (wantsError) return `no error but ${print(result.value)}`;
  const wanted =
    matcher.case === 'value' ? matcher.value : matcher.case === 'typedResult' ? matcher.value.result : undefined;
  if (matcher.case !== 'value' && wanted === undefined) return null;
  if (wanted?.kind.case === 'typeValue')
    return print(result.value) === `type ${wanted.kind.value}` ? null : print(result.value);
  return print(result.value) === print(toInput(wanted))
    ? null
    : `${print(result.value)} and not ${print(toInput(wanted))}`;
}

test('the conformance suite of CEL passes, but for what is known', () => {
  const failed = cases.flatMap((one) => {
    const outcome = run(one);
    return outcome === null ? [] : [`${one.name}: ${outcome}`];
  });
  expect(cases.length).toBeGreaterThan(900);
  expect(failed.map((line) => line.split(':')[0]).sort()).toEqual(known.sort());
});
