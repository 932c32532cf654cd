import type { CelType } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';

/** The fields that an expression reads of its variables, each path as long as the expression says it. */
export function findPaths(expr: Expr, variables: ReadonlyMap<string, CelType>): string[][] {
  const paths: string[][] = [];
  const visit = (part: Expr | undefined, hidden: ReadonlySet<string>): void => {
    if (!part) return;
    const path = pathOf(part);
    if (path) {
      const [variable = ''] = path;
      if (variables.has(variable) && !hidden.has(variable)) paths.push(path);
      return;
    }
    const kind = part.exprKind;
    if (kind.case === 'comprehensionExpr') {
      const { iterRange, loopStep, iterVar } = kind.value;
      visit(iterRange, hidden);
      visit(loopStep, new Set([...hidden, iterVar]));
    } else for (const child of childrenOf(part)) visit(child, hidden);
  };
  visit(expr, new Set());
  return paths;
}

function pathOf({ exprKind: kind }: Expr): string[] | null {
  if (kind.case === 'identExpr') return [kind.value.name];
  if (kind.case === 'selectExpr') return extend(kind.value.operand, kind.value.field);
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return null;
  const [container, index] = kind.value.args;
  const constant = index?.exprKind.case === 'constExpr' ? index.exprKind.value.constantKind : null;
  return constant?.case === 'stringValue' ? extend(container, constant.value) : null;
}

function extend(operand: Expr | undefined, field: string): string[] | null {
  const path = operand ? pathOf(operand) : null;
  return path && [...path, field];
}

function childrenOf({ exprKind: kind }: Expr): (Expr | undefined)[] {
  switch (kind.case) {
    case 'selectExpr':
      return [kind.value.operand];
    case 'callExpr':
      return [kind.value.target, ...kind.value.args];
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return kind.value.entries.flatMap(({ keyKind, value }) => [
        keyKind.case === 'mapKey' ? keyKind.value : undefined,
        value,
      ]);
    default:
      return [];
  }
}
