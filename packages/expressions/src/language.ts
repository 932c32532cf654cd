import { type CelInput, type CelType, type CelValue, celEnv, celMap, isCelError, plan } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { messageOf } from '@eventhooks/contract';
import { boundExpression } from './bound.ts';
import { type JsonTools, makeJsonBuilder } from './build-json.ts';
import { type Checked, checkExpression, ExpressionFault } from './check.ts';
import { findPaths } from './find-paths.ts';
import { createFunctions } from './functions.ts';
import { maxSteps } from './limits.ts';
import { createMeter, type Meter } from './meter.ts';
import { parseExpression } from './parse.ts';
import { createPatterns } from './patterns.ts';
import { makeShortcut } from './shortcut.ts';
import { isPlainNumber, unsure } from './shortcut-values.ts';
import { BOOL, DYN, LIST, MAP, STRING, TIMESTAMP } from './types.ts';
import { toJson } from './values.ts';

/** The library takes a field that is null for one that is not there: `has` and `in` would be false of it. */
Object.defineProperty(Object.getPrototypeOf(celMap(new Map())), 'has', {
  value(this: { get(key: unknown): unknown }, key: unknown): boolean {
    return this.get(key) !== undefined;
  },
});

const variableTypes = { bool: BOOL, dyn: DYN, list: LIST, map: MAP, string: STRING, timestamp: TIMESTAMP } as const;
export type VariableType = keyof typeof variableTypes;

/** The types that an expression may have: known at write, or `dyn`, which is known once it is evaluated. */
export type ResultType = 'bool' | 'scalar' | 'any';

type Values = Readonly<Record<string, CelInput>>;

export type Evaluation = { ok: true; value: CelValue } | { ok: false; message: string };

/** A compiled expression. */
export interface Expression<V extends string = string> {
  /** The paths of fields of variables that it reads, such as `['data', 'user', 'name']`; also those that `has` only asks for. */
  readonly paths: readonly (readonly string[])[];
  /**
   * Evaluates within bounded steps. The message of an error begins with `line:column`.
   *
   * @param variables each may be a getter, so that only what the expression reads is made.
   */
  evaluate(variables: Readonly<Record<V, CelInput>>): Evaluation;
  /** Evaluates to JSON. Numbers of the variables that it hands on, alone or in maps and lists that it builds, keep their digits. */
  evaluateJson(variables: Readonly<Record<V, CelInput>>): JsonEvaluation;
}

/** JSON for `stringifyExact`. */
export type JsonEvaluation = { ok: true; json: unknown } | { ok: false; message: string };

export type Compiled<V extends string> = { ok: true; expression: Expression<V> } | { ok: false; message: string };

/** Expressions over the same variables. */
export interface Language<V extends string> {
  /** Parses, checks types and patterns, and plans. The message of a fault begins with `line:column`. */
  compile(text: string, result: ResultType): Compiled<V>;
}

/**
 * The language CEL over some variables.
 *
 * @param options.shortcuts false: the library evaluates everything. Its answers are the reference of the shortcuts.
 */
export function createLanguage<V extends string>(
  variables: Readonly<Record<V, VariableType>>,
  { shortcuts = true }: { shortcuts?: boolean } = {},
): Language<V> {
  const types = new Map<string, CelType>(
    Object.entries<VariableType>(variables).map(([name, type]) => [name, variableTypes[type]]),
  );
  const meter = createMeter();
  const environment = celEnv({ funcs: createFunctions(meter), re2: createPatterns(meter) });
  return {
    compile(text, result) {
      const parsed = parseExpression(text);
      if (!parsed.ok) return parsed;
      const { expr, positionOf } = parsed;
      try {
        const checked = checkExpression(expr, environment.funcs, types);
        checkResult(checked, result, expr.id);
        const paths = findPaths(expr, types);
        boundExpression(expr, checked.types);
        const run = plan(environment, expr);
        const shortcut = shortcuts ? makeShortcut(expr, types, meter) : null;
        const evaluateAll = (values: Values): Evaluation => evaluate(run, values, meter, positionOf);
        const tools: JsonTools = { names: types, meter, plan: (part) => plan(environment, part) };
        return {
          ok: true,
          expression: {
            paths,
            evaluate: shortcut ? tryFirst(shortcut, meter, evaluateAll) : evaluateAll,
            evaluateJson: prepareJson(expr, tools, evaluateAll),
          },
        };
      } catch (error) {
        if (error instanceof RangeError) return { ok: false, message: 'nests too deep' };
        const id = error instanceof ExpressionFault ? error.exprId : undefined;
        return { ok: false, message: `${positionOf(id)}: ${messageOf(error)}` };
      }
    },
  };
}

function checkResult({ type }: Checked, result: ResultType, id: bigint): void {
  if (result === 'bool' && type.name !== 'bool' && type.name !== 'dyn')
    throw new ExpressionFault(`expected a bool, found '${type}'`, id);
  if (result === 'scalar' && (type.kind === 'list' || type.kind === 'map'))
    throw new ExpressionFault(`expected a text, number or bool, found '${type}'`, id);
}

const isTrue: Evaluation = { ok: true, value: true };
const isFalse: Evaluation = { ok: true, value: false };

/** Answers by a shortcut where it is sure of a text, bool or number. */
function tryFirst(
  shortcut: (variables: Values) => unknown,
  meter: Meter,
  evaluateAll: (variables: Values) => Evaluation,
): (variables: Values) => Evaluation {
  return (variables) => {
    meter.begin();
    const value = shortcut(variables);
    if (value === true) return isTrue;
    if (value === false) return isFalse;
    if (typeof value === 'string') return { ok: true, value };
    if (!isPlainNumber(value)) return evaluateAll(variables);
    return { ok: true, value: Number.isInteger(value) ? BigInt(value) : value };
  };
}

/** Plans the parts once they are asked for: most expressions never are. */
function prepareJson(
  expr: Expr,
  tools: JsonTools,
  evaluateAll: (variables: Values) => Evaluation,
): (variables: Values) => JsonEvaluation {
  let build: ((variables: Values) => unknown) | null = null;
  return (variables) => {
    try {
      build ??= makeJsonBuilder(expr, tools);
      tools.meter.begin();
      const json = build(variables);
      if (json !== unsure && tools.meter.left() >= 0) return { ok: true, json };
      // The library words the error.
      const result = evaluateAll(variables);
      return result.ok ? { ok: true, json: toJson(result.value) } : result;
    } catch (error) {
      return { ok: false, message: messageOf(error) };
    }
  };
}

function evaluate(
  run: ReturnType<typeof plan>,
  variables: Values,
  meter: Meter,
  positionOf: (id: bigint | undefined) => string,
): Evaluation {
  meter.begin();
  const value = run(variables);
  // A loop that came to its bound ended early, with any value.
  if (meter.left() < 0) return { ok: false, message: `takes more than ${maxSteps} steps` };
  return isCelError(value)
    ? { ok: false, message: `${positionOf(value.exprId)}: ${value.message}` }
    : { ok: true, value };
}
