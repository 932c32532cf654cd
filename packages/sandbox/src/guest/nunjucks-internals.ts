import * as nunjucks from 'nunjucks';

/** A template's code, as nunjucks compiles it: functions by name, `root` and one per block. */
export type CompiledTemplate = Record<string, unknown>;

interface Environment {
  filters: Record<string, (...args: never[]) => unknown>;
  tests: Record<string, unknown>;
  globals: Record<string, unknown>;
  addFilter(name: string, filter: (...args: never[]) => unknown): unknown;
}

interface Context {
  ctx: Record<string, unknown>;
  env: Environment;
}

interface Frame {
  lookup(name: string): unknown;
}

/** A node of a template's syntax tree. Its fields depend on its type. */
export interface Node {
  lineno: number;
  colno: number;
  [field: string]: unknown;
}

interface NodeClass {
  new (lineno: number, colno: number, children: unknown[]): Node;
  extend(name: string): NodeClass;
}

interface CompilerInstance {
  _emit(code: string): void;
  compile(node: unknown, frame: unknown): void;
}
export type CompileMethod = (this: CompilerInstance, node: Node, frame: unknown, ...rest: unknown[]) => void;

/** The parts of nunjucks that its published types leave out. */
interface Internals {
  Environment: new (loaders: [], options: { autoescape: boolean }) => Environment;
  Template: new (
    source: { type: 'code'; obj: CompiledTemplate },
    environment: Environment,
  ) => { render(data: object): string | null };
  compiler: {
    compile(source: string, asyncFilters: [], extensions: [], name: string, options: object): string;
    Compiler: { prototype: Record<string, CompileMethod> };
  };
  nodes: { Node: NodeClass; Group: NodeClass };
  runtime: {
    SafeString: new (text: string) => { val: string };
    memberLookup(object: unknown, key: unknown): unknown;
    contextOrFrameLookup(context: Context, frame: Frame, name: string): unknown;
    suppressValue(value: unknown): unknown;
  };
}

export const { Environment, Template, compiler, nodes, runtime } = nunjucks as unknown as Internals;
export type TemplateEnvironment = Environment;
