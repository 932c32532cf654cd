import { ExactNumber } from '@eventhooks/contract/exact-json';
import {
  type CompileMethod,
  compiler,
  type Node,
  nodes,
  runtime,
  type TemplateEnvironment,
} from './nunjucks-internals.ts';

/**
 * Numbers of the data that a double would print otherwise are `ExactNumber`s in templates. They print as they were
 * published, alone, in text and in JSON. Wherever a template computes, compares or asks for truth it gets their doubles.
 */
export function toDouble(value: unknown): unknown {
  return value instanceof ExactNumber ? value.valueOf() : value;
}

/** Filters that print their value or hand it on, and so must see its digits. All others compute with doubles. */
const printingFilters = new Set([
  'json',
  'dump',
  'default',
  'd',
  'urlencode',
  'string',
  'safe',
  'escape',
  'e',
  'forceescape',
]);

export function giveFiltersDoubles({ filters }: TemplateEnvironment): void {
  for (const [name, filter] of Object.entries(filters)) {
    if (printingFilters.has(name)) continue;
    filters[name] = function (this: unknown, ...args: unknown[]) {
      return Reflect.apply(filter, this, args.map(toDouble));
    };
  }
}

/** The child expressions whose doubles the compiled code must get, by type of node. */
const computedChildren: Record<string, (node: Node) => [owner: Node, field: string][]> = {
  If: (node) => [[node, 'cond']],
  InlineIf: (node) => [[node, 'cond']],
  Not: (node) => [[node, 'target']],
  In: (node) => [[node, 'left']],
  Is: (node) => [[node, 'left']],
  Switch: (node) => [[node, 'expr'], ...ownersOf(node.cases, 'cond')],
  Compare: (node) => [[node, 'expr'], ...ownersOf(node.ops, 'expr')],
};

function ownersOf(owners: unknown, field: string): [owner: Node, field: string][] {
  return Array.isArray(owners) ? owners.map((owner: Node) => [owner, field]) : [];
}

/** Compiles to the double of its only child. A group, because nunjucks takes a group wherever it takes an expression. */
const DoubleOf = nodes.Group.extend('DoubleOf');

/** Makes compiled templates compute with doubles, by calls of functions that are added to the runtime. */
export function compileWithDoubles(): void {
  const methods = compiler.Compiler.prototype;
  Object.assign(runtime, { toDouble, either, both, add, concat, inOperator });
  for (const [type, childrenOf] of Object.entries(computedChildren)) {
    const compile = methods[`compile${type}`];
    if (compile === undefined) throw new Error(`nunjucks has changed: it does not compile ${type}`);
    methods[`compile${type}`] = function (node, frame, ...rest) {
      for (const [owner, field] of childrenOf(node)) wrapChild(owner, field);
      compile.call(this, node, frame, ...rest);
    };
  }
  methods.compileDoubleOf = callOf('toDouble', ({ children }) => (Array.isArray(children) ? children : []));
  methods.compileAdd = callOf('add', operandsOf);
  methods.compileConcat = callOf('concat', operandsOf);
  methods.compileOr = callOf('either', operandsOf, true);
  methods.compileAnd = callOf('both', operandsOf, true);
}

function wrapChild(owner: Node, field: string): void {
  const child = owner[field];
  if (!(child instanceof nodes.Node) || child.typename === 'DoubleOf') return;
  owner[field] = new DoubleOf(child.lineno, child.colno, [child]);
}

const operandsOf = ({ left, right }: Node): unknown[] => [left, right];

/** Compiles a node to a call of the runtime. With `isLazy` the second operand is a function, which the call may leave out. */
function callOf(name: string, operands: (node: Node) => unknown[], isLazy = false): CompileMethod {
  return function (node, frame) {
    this._emit(`runtime.${name}(`);
    for (const [index, operand] of operands(node).entries()) {
      const isFunction = isLazy && index > 0;
      this._emit(`${index === 0 ? '' : ', '}${isFunction ? '() => (' : ''}`);
      this.compile(operand, frame);
      this._emit(isFunction ? ')' : '');
    }
    this._emit(')');
  };
}

function either(left: unknown, right: () => unknown): unknown {
  return toDouble(left) ? left : right();
}

function both(left: unknown, right: () => unknown): unknown {
  return toDouble(left) ? right() : left;
}

/** JavaScript's `+`: joins texts, lists and objects, and adds everything else. */
function add(left: unknown, right: unknown): unknown {
  return joins(left) || joins(right) ? concat(left, right) : Number(toDouble(left)) + Number(toDouble(right));
}

function joins(value: unknown): boolean {
  if (value instanceof ExactNumber) return false;
  return typeof value === 'string' || typeof value === 'function' || (typeof value === 'object' && value !== null);
}

function concat(left: unknown, right: unknown): string {
  return String(left) + String(right);
}

/** Like nunjucks's `in`, but compares the doubles of a list's items. */
function inOperator(key: unknown, value: unknown): boolean {
  if (typeof value === 'string') return value.includes(String(key));
  if (Array.isArray(value)) return value.map(toDouble).includes(key);
  if (typeof value === 'object' && value !== null && !(value instanceof ExactNumber)) return String(key) in value;
  throw new Error(`Cannot use "in" operator to search for "${String(key)}" in unexpected types.`);
}
