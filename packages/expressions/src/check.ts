import type { CelEnv, CelFunc, CelType } from '@bufbuild/cel';
import { listType, mapType } from '@bufbuild/cel';
import type {
  Constant,
  Expr,
  Expr_Call,
  Expr_Comprehension,
  Expr_CreateStruct,
  Expr_Select,
} from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { findPatternFault } from './patterns.ts';
import {
  accepts,
  areComparable,
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  INT,
  join,
  LIST,
  mayBeKey,
  NULL,
  STRING,
  TYPE,
  typeNames,
  UINT,
} from './types.ts';

/** A fault of an expression, at one of its nodes. */
export class ExpressionFault extends Error {
  readonly exprId: bigint;

  constructor(message: string, exprId: bigint) {
    super(message);
    this.exprId = exprId;
  }
}

export interface Checked {
  type: CelType;
  /** The type of each node, by its id. */
  types: ReadonlyMap<bigint, CelType>;
}

type Variables = ReadonlyMap<string, CelType>;

/**
 * Finds the types of an expression and its parts. The library parses and evaluates, but checks nothing of the kind. The overloads
 * of functions are those that the library evaluates with.
 *
 * @throws {ExpressionFault} for an unknown variable or function, and for types that cannot fit, whatever the data are.
 */
export function checkExpression(expr: Expr, functions: CelEnv['funcs'], variables: Variables): Checked {
  const types = new Map<bigint, CelType>();
  const checker = createChecker(functions, types);
  return { type: checker(expr, variables), types };
}

type Check = (expr: Expr, variables: Variables) => CelType;

function createChecker(functions: CelEnv['funcs'], types: Map<bigint, CelType>): Check {
  const check: Check = (expr, variables) => {
    const type = typeOf(expr, variables);
    types.set(expr.id, type);
    return type;
  };
  const typeOf: Check = (expr, variables) => {
    const { exprKind: kind, id } = expr;
    switch (kind.case) {
      case 'constExpr':
        return typeOfConstant(kind.value, id);
      case 'identExpr':
        return typeOfName(kind.value.name, id, variables);
      case 'selectExpr':
        return typeOfField(expr, kind.value, variables, check);
      case 'listExpr':
        return kind.value.elements.length === 0
          ? LIST
          : listType(join(kind.value.elements.map((element) => check(element, variables))));
      case 'structExpr':
        return typeOfMap(kind.value, id, (part) => check(part, variables));
      case 'comprehensionExpr':
        return typeOfLoop(kind.value, id, variables, check);
      case 'callExpr':
        return typeOfCall(kind.value, id, functions, (part) => check(part, variables));
      default:
        throw new ExpressionFault('is not an expression', id);
    }
  };
  return check;
}

function typeOfConstant({ constantKind }: Constant, id: bigint): CelType {
  switch (constantKind.case) {
    case 'boolValue':
      return BOOL;
    case 'bytesValue':
      return BYTES;
    case 'doubleValue':
      return DOUBLE;
    case 'int64Value':
      if (BigInt.asIntN(64, constantKind.value) === constantKind.value) return INT;
      throw new ExpressionFault(`${constantKind.value} is beyond int64`, id);
    case 'uint64Value':
      if (BigInt.asUintN(64, constantKind.value) === constantKind.value) return UINT;
      throw new ExpressionFault(`${constantKind.value} is beyond uint64`, id);
    case 'stringValue':
      return STRING;
    default:
      return NULL;
  }
}

function typeOfName(name: string, id: bigint, variables: Variables): CelType {
  const type = variables.get(name) ?? (typeNames.has(name) ? TYPE : undefined);
  if (type !== undefined) return type;
  // Accumulators of loops have names that nobody can write.
  const known = [...variables.keys()].filter((variable) => !variable.startsWith('@'));
  throw new ExpressionFault(`unknown variable '${name}', there are ${known.join(', ')}`, id);
}

function typeOfField(expr: Expr, { operand, field, testOnly }: Expr_Select, variables: Variables, check: Check) {
  if (typeNames.has(qualifiedName(expr) ?? '')) return TYPE;
  if (!operand) throw new ExpressionFault('is not an expression', expr.id);
  const type = check(operand, variables);
  if (type.kind !== 'map' && type.name !== 'dyn')
    throw new ExpressionFault(`'${type}' has no field '${field}'`, expr.id);
  if (testOnly) return BOOL;
  return type.kind === 'map' ? type.value : DYN;
}

function qualifiedName({ exprKind: kind }: Expr): string | null {
  if (kind.case === 'identExpr') return kind.value.name;
  if (kind.case !== 'selectExpr' || kind.value.testOnly || !kind.value.operand) return null;
  const before = qualifiedName(kind.value.operand);
  return before === null ? null : `${before}.${kind.value.field}`;
}

function typeOfMap({ messageName, entries }: Expr_CreateStruct, id: bigint, check: (expr: Expr) => CelType): CelType {
  if (messageName !== '') throw new ExpressionFault(`unknown message '${messageName}'`, id);
  const pairs = entries.map(({ keyKind, value }) => {
    if (keyKind.case !== 'mapKey' || !value) throw new ExpressionFault('is not a map', id);
    const key = check(keyKind.value);
    if (!mayBeKey(key)) throw new ExpressionFault(`'${key}' cannot be a key`, keyKind.value.id);
    return { key, value: check(value) };
  });
  if (pairs.length === 0) return mapType(DYN, DYN);
  const key = join(pairs.map((pair) => pair.key));
  return mapType(key.kind === 'scalar' && isKeyType(key) ? key : DYN, join(pairs.map((pair) => pair.value)));
}

type KeyType = Parameters<typeof mapType>[0];

function isKeyType(type: CelType): type is KeyType {
  return mayBeKey(type);
}

function typeOfLoop(loop: Expr_Comprehension, id: bigint, variables: Variables, check: Check): CelType {
  const { iterRange, accuInit, loopCondition, loopStep, result } = loop;
  if (!iterRange || !accuInit || !loopCondition || !loopStep || !result) throw new ExpressionFault('is no loop', id);
  const range = check(iterRange, variables);
  if (range.kind !== 'list' && range.kind !== 'map' && range.name !== 'dyn')
    throw new ExpressionFault(`cannot loop over '${range}'`, iterRange.id);
  const item = range.kind === 'list' ? range.element : range.kind === 'map' ? range.key : DYN;
  const accumulator = new Map([...variables, [loop.accuVar, check(accuInit, variables)]]);
  const inner = new Map([...accumulator, [loop.iterVar, item]]);
  check(loopCondition, inner);
  check(loopStep, inner);
  return check(result, accumulator);
}

/** Operators whose types no overload states. The others, and all functions, are looked up. */
const operators: Readonly<Record<string, (args: readonly Expr[], types: readonly CelType[], id: bigint) => CelType>> = {
  '_&&_': (args, types) => allBool(args, types),
  '_||_': (args, types) => allBool(args, types),
  '@not_strictly_false': (args, types) => allBool(args, types),
  '_?_:_': (args, [condition, ...branches]) => {
    allBool(args.slice(0, 1), [condition ?? DYN]);
    return join(branches);
  },
  '_==_': (_args, types, id) => compared('==', types, id),
  '_!=_': (_args, types, id) => compared('!=', types, id),
  '_[_]': (args, [container = DYN, index = DYN], id) => typeOfIndex(args[1]?.id ?? id, container, index),
  '@in': (_args, [item = DYN, container = DYN], id) => {
    const parts = container.kind === 'list' ? container.element : container.kind === 'map' ? container.key : container;
    if (container.kind !== 'list' && container.kind !== 'map' && container.name !== 'dyn')
      throw noOverload('in', [item, container], id);
    if (!areComparable(item, parts)) throw noOverload('in', [item, container], id);
    return BOOL;
  },
};

function allBool(args: readonly Expr[], types: readonly CelType[]): CelType {
  types.forEach((type, index) => {
    if (!accepts(BOOL, type)) throw new ExpressionFault(`expected a bool, found '${type}'`, args[index]?.id ?? 0n);
  });
  return BOOL;
}

function compared(name: string, types: readonly CelType[], id: bigint): CelType {
  const [left = DYN, right = DYN] = types;
  if (!areComparable(left, right)) throw noOverload(name, types, id);
  return BOOL;
}

function typeOfIndex(id: bigint, container: CelType, index: CelType): CelType {
  if (container.name === 'dyn') return DYN;
  if (container.kind === 'map' && areComparable(container.key, index)) return container.value;
  if (container.kind === 'list' && areComparable(INT, index)) return container.element;
  throw new ExpressionFault(`'${container}' has no index of type '${index}'`, id);
}

function noOverload(name: string, types: readonly CelType[], id: bigint): ExpressionFault {
  return new ExpressionFault(`'${name}' does not take (${types.join(', ')})`, id);
}

/** The macros of the language. A call of one that is still there was not written as the macro is. */
const macros: ReadonlyMap<string, string> = new Map([
  ['has', 'has(data.field)'],
  ['all', 'list.all(item, condition)'],
  ['exists', 'list.exists(item, condition)'],
  ['exists_one', 'list.exists_one(item, condition)'],
  ['filter', 'list.filter(item, condition)'],
  ['map', 'list.map(item, value)'],
]);

/** `_<_` as people write it: `<`. */
function printOperator(name: string): string {
  return /^_?[^_\w]+_?$/.test(name) ? name.replaceAll('_', '') : name;
}

function typeOfCall(call: Expr_Call, id: bigint, functions: CelEnv['funcs'], check: (expr: Expr) => CelType): CelType {
  const { function: name, target, args } = call;
  const group = functions.find(name);
  const operator = operators[name];
  if (!group && !operator) {
    const usage = macros.get(name);
    throw new ExpressionFault(usage ? `is written ${usage}` : `unknown function '${name}'`, id);
  }
  const types = args.map(check);
  if (operator) return operator(args, types, id);
  const receiver = target ? check(target) : undefined;
  const fitting = [...(group ?? [])].filter((overload) => fits(overload, receiver, types));
  if (fitting.length === 0) throw noOverload(printOperator(name), receiver ? [receiver, ...types] : types, id);
  if (name === 'matches') checkPattern(args[0]);
  return join(fitting.map(({ result }) => result));
}

function fits(overload: CelFunc, receiver: CelType | undefined, types: readonly CelType[]): boolean {
  if ((overload.target === undefined) !== (receiver === undefined)) return false;
  if (overload.target && receiver && !accepts(overload.target, receiver)) return false;
  const wanted = overload.arguments;
  return wanted.length === types.length && wanted.every((type, index) => accepts(type, types[index] ?? DYN));
}

function checkPattern(pattern: Expr | undefined): void {
  if (pattern?.exprKind.case !== 'constExpr') return;
  const { constantKind } = pattern.exprKind.value;
  const fault = constantKind.case === 'stringValue' ? findPatternFault(constantKind.value) : null;
  if (fault !== null) throw new ExpressionFault(fault, pattern.id);
}
