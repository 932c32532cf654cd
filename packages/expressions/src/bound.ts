import type { CelType } from '@bufbuild/cel';
import type { Expr, Expr_Comprehension } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { DYN, isScalar } from './types.ts';

/** Functions that only this file calls: nobody can write their names. See functions.ts. */
export const internal = { append: '@append', charge: '@charge', step: '@step' } as const;

/** Looking up a time zone takes as long as this many nodes. */
const timeZoneSteps = 500;

type Types = ReadonlyMap<bigint, CelType>;

/**
 * Makes an expression count what it does. Loops count each iteration by the nodes within; comparisons and searches whose cost depends
 * on the data count their operands. Loops that build lists append to them: the library joins a new list in each iteration, which it
 * then reads in quadratic time.
 */
export function boundExpression(expr: Expr, types: Types): void {
  bound(expr, types, false);
}

function bound(expr: Expr, types: Types, inLoop: boolean): void {
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'selectExpr':
      if (kind.value.operand) bound(kind.value.operand, types, inLoop);
      break;
    case 'listExpr':
      for (const element of kind.value.elements) bound(element, types, inLoop);
      break;
    case 'structExpr':
      for (const { keyKind, value } of kind.value.entries) {
        if (keyKind.case === 'mapKey') bound(keyKind.value, types, inLoop);
        if (value) bound(value, types, inLoop);
      }
      break;
    case 'callExpr':
      if (kind.value.target) bound(kind.value.target, types, inLoop);
      for (const arg of kind.value.args) bound(arg, types, inLoop);
      chargeCall(expr, types, inLoop);
      break;
    case 'comprehensionExpr':
      boundLoop(kind.value, types, inLoop);
      break;
    default:
  }
}

function boundLoop(loop: Expr_Comprehension, types: Types, inLoop: boolean): void {
  const { iterRange, loopCondition, loopStep } = loop;
  if (!iterRange || !loopCondition || !loopStep) return;
  const weight = weigh(loopCondition) + weigh(loopStep);
  bound(iterRange, types, inLoop);
  bound(loopStep, types, true);
  appendTo(loopStep, loop.accuVar);
  // Once nothing is left, every loop ends before its next iteration.
  const { id } = loopCondition;
  loop.loopCondition = makeCall(id, '_&&_', [makeCall(id, internal.step, [makeInt(id, weight)]), loopCondition]);
}

/** The nodes of an expression, without those that a loop within it counts itself. */
function weigh({ exprKind: kind }: Expr): number {
  switch (kind.case) {
    case 'selectExpr':
      return 1 + weighAll([kind.value.operand]);
    case 'listExpr':
      return 1 + weighAll(kind.value.elements);
    case 'structExpr':
      return (
        1 +
        weighAll(
          kind.value.entries.flatMap(({ keyKind, value }) => [
            keyKind.case === 'mapKey' ? keyKind.value : undefined,
            value,
          ]),
        )
      );
    case 'callExpr':
      return weighCall(kind.value.function) + weighAll([kind.value.target, ...kind.value.args]);
    case 'comprehensionExpr':
      return 2 + weighAll([kind.value.iterRange]);
    default:
      return 1;
  }
}

function weighAll(parts: readonly (Expr | undefined)[]): number {
  return parts.reduce((sum, part) => sum + (part ? weigh(part) : 0), 0);
}

function weighCall(name: string): number {
  return name.startsWith('get') ? timeZoneSteps : 1;
}

/** Functions whose time grows with their target, where it is large. Outside of loops the expression's length bounds how many there are. */
const searches: ReadonlySet<string> = new Set([
  'contains',
  'indexOf',
  'lastIndexOf',
  'lowerAscii',
  'size',
  'split',
  'join',
  'string',
  'bytes',
  'substring',
  'charAt',
  'trim',
  'upperAscii',
  '_<_',
  '_<=_',
  '_>_',
  '_>=_',
]);

function chargeCall(expr: Expr, types: Types, inLoop: boolean): void {
  if (expr.exprKind.case !== 'callExpr') return;
  const call = expr.exprKind.value;
  const [left, right] = call.args;
  const typeOf = (part: Expr | undefined): CelType => (part && types.get(part.id)) ?? DYN;
  if (call.function === '_==_' || call.function === '_!=_') {
    // Comparing takes as long as the smaller operand is large.
    if (left && !isScalar(typeOf(left)) && !isScalar(typeOf(right))) call.args[0] = charge(left);
  } else if (call.function === '@in') {
    if (right && right.exprKind.case !== 'listExpr') call.args[1] = charge(right);
  } else if (inLoop && searches.has(call.function)) {
    if (call.target) call.target = charge(call.target);
    else if (left) call.args[0] = charge(left);
  }
}

function charge(expr: Expr): Expr {
  return makeCall(expr.id, internal.charge, [expr]);
}

/** Turns `accumulator + [item]` into an append, also where it is a branch of a condition. */
function appendTo(step: Expr, accumulator: string): void {
  if (step.exprKind.case !== 'callExpr') return;
  const call = step.exprKind.value;
  if (call.function === '_?_:_') {
    for (const branch of call.args.slice(1)) appendTo(branch, accumulator);
    return;
  }
  const [list, added] = call.args;
  const isAccumulator = list?.exprKind.case === 'identExpr' && list.exprKind.value.name === accumulator;
  const item = added?.exprKind.case === 'listExpr' ? added.exprKind.value.elements[0] : undefined;
  if (call.function !== '_+_' || !isAccumulator || !item) return;
  call.function = internal.append;
  call.args = [list, item];
}

function makeCall(id: bigint, name: string, args: Expr[]): Expr {
  const value = { $typeName: 'cel.expr.Expr.Call' as const, function: name, args };
  return { $typeName: 'cel.expr.Expr', id, exprKind: { case: 'callExpr', value } };
}

function makeInt(id: bigint, value: number): Expr {
  const constant = {
    $typeName: 'cel.expr.Constant' as const,
    constantKind: { case: 'int64Value' as const, value: BigInt(value) },
  };
  return { $typeName: 'cel.expr.Expr', id, exprKind: { case: 'constExpr', value: constant } };
}
