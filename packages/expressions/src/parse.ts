import { parse } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { findTextFault, messageOf } from '@eventhooks/contract';
import { EXPRESSION_BYTES, maxNesting } from './limits.ts';
import { printPosition } from './position.ts';

export type Parsed =
  | {
      ok: true;
      expr: Expr;
      /** `line:column` of a node. */
      positionOf(id: bigint | undefined): string;
    }
  | { ok: false; message: string };

/** Parses the text of an expression. A message begins with `line:column`, unless it is about the whole text. */
export function parseExpression(text: string): Parsed {
  const fault = findLimitFault(text);
  if (fault !== null) return { ok: false, message: fault };
  try {
    const { expr, sourceInfo } = parse(text);
    if (!expr) return { ok: false, message: '1:1: expected an expression' };
    const positions = sourceInfo?.positions ?? {};
    const positionOf = (id: bigint | undefined): string =>
      printPosition(text, (id === undefined ? undefined : positions[String(id)]) ?? 0);
    return { ok: true, expr, positionOf };
  } catch (error) {
    return { ok: false, message: describe(error, text) };
  }
}

function findLimitFault(text: string): string | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > EXPRESSION_BYTES) return `is longer than ${EXPRESSION_BYTES} bytes of UTF-8`;
  return findTextFault(text) ?? findNestingFault(text);
}

/** Strings and comments, which may hold any brackets; brackets; and fields one after the other, with which compiling takes longer than linear. */
const tokens = new RegExp(
  [
    /[rR]?"{3}(?:\\[\s\S]|[^\\])*?"{3}|[rR]?'{3}(?:\\[\s\S]|[^\\])*?'{3}/,
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/,
    /\/\/[^\n]*/,
    /[()[\]{}]/,
    new RegExp(`(?:\\s*\\.\\s*\\w+){${maxNesting},}`),
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

function findNestingFault(text: string): string | null {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '(' || token === '[' || token === '{') depth += 1;
    else if (token === ')' || token === ']' || token === '}') depth -= 1;
    if (depth > maxNesting || /^\s*\./.test(token))
      return `${printPosition(text, index)}: nests deeper than ${maxNesting} levels`;
  }
  return null;
}

/** The parser's own message names places as `<input>:1:5: …`, and everything that could have come next. */
function describe(error: unknown, text: string): string {
  if (error instanceof RangeError) return 'nests too deep';
  const [, position, message] = /^<input>:(\d+:\d+): (.*)$/s.exec(messageOf(error)) ?? [];
  if (position === undefined || message === undefined) return `1:1: ${messageOf(error)}`;
  if (text.trim() === '') return `${position}: expected an expression`;
  const found = /^found (.*?) but expecting /s.exec(message)?.[1];
  return `${position}: ${found === undefined ? message : `unexpected ${found}`}`;
}
