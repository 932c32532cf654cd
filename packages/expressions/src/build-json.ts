import type { CelError, CelInput, CelType, CelValue } from '@bufbuild/cel';
import { isCelError } from '@bufbuild/cel';
import type { Expr, Expr_CreateStruct } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import type { Meter } from './meter.ts';
import { makeShortcut } from './shortcut.ts';
import { unsure } from './shortcut-values.ts';
import { toJson } from './values.ts';

type Variables = Readonly<Record<string, CelInput>>;

export interface JsonTools {
  names: ReadonlyMap<string, CelType>;
  meter: Meter;
  plan(expr: Expr): (variables: Variables) => CelValue | CelError;
}

/**
 * Evaluates an expression to JSON without making doubles of the numbers that it hands on: alone, and as parts of maps and lists that
 * it builds. The maps of loops, and whatever an expression works out, have the language's numbers.
 *
 * @returns what gives `unsure` for an error.
 */
export function makeJsonBuilder(expr: Expr, tools: JsonTools): (variables: Variables) => unknown {
  const { exprKind: kind } = expr;
  const fields = kind.case === 'structExpr' ? fieldsOf(kind.value) : null;
  if (fields) {
    const parts = fields.map(([key, value]): [string, ReturnType<typeof makeJsonBuilder>] => [
      key,
      makeJsonBuilder(value, tools),
    ]);
    return (variables) => {
      const values = parts.map(([key, part]): [string, unknown] => [key, part(variables)]);
      return values.some(([, value]) => value === unsure) ? unsure : new Map(values);
    };
  }
  if (kind.case === 'listExpr') {
    const parts = kind.value.elements.map((element) => makeJsonBuilder(element, tools));
    return (variables) => {
      const values = parts.map((part) => part(variables));
      return values.includes(unsure) ? unsure : values;
    };
  }
  return makeValueBuilder(expr, tools);
}

/** The fields of a map with constant names, each once; null for other maps. */
function fieldsOf({ entries }: Expr_CreateStruct): [string, Expr][] | null {
  const fields = new Map<string, Expr>();
  for (const { keyKind, value } of entries) {
    const key = keyKind.case === 'mapKey' ? keyKind.value.exprKind : null;
    const name = key?.case === 'constExpr' ? key.value.constantKind : null;
    if (name?.case !== 'stringValue' || !value) return null;
    fields.set(name.value, value);
  }
  return fields.size === entries.length ? [...fields] : null;
}

function makeValueBuilder(expr: Expr, { names, meter, plan }: JsonTools): (variables: Variables) => unknown {
  const shortcut = makeShortcut(expr, names, meter);
  const run = plan(expr);
  return (variables) => {
    const json = shortcut ? shortcut(variables) : unsure;
    if (json !== unsure) return json;
    const value = run(variables);
    return isCelError(value) ? unsure : toJson(value);
  };
}
