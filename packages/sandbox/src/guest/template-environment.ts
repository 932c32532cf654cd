import { Environment, runtime, type TemplateEnvironment } from './nunjucks-internals.ts';
import { addFilters } from './template-filters.ts';

/**
 * nunjucks without the ways out of a template that its member lookup leaves open (`constructor.constructor`, `__proto__`):
 * a template sees own data properties, and these methods of texts, lists and numbers. The isolate is the wall; this keeps
 * templates from writing programs against it.
 */
const METHODS: Record<string, ReadonlySet<string>> = {
  string: new Set([
    'toUpperCase',
    'toLowerCase',
    'trim',
    'split',
    'slice',
    'substring',
    'startsWith',
    'endsWith',
    'includes',
    'indexOf',
    'padStart',
    'padEnd',
  ]),
  number: new Set(['toFixed']),
  array: new Set(['join', 'slice', 'includes', 'indexOf', 'concat']),
};

export function createTemplateEnvironment(): TemplateEnvironment {
  runtime.memberLookup = lookUpMember;
  runtime.contextOrFrameLookup = (context, frame, name) => {
    const local = frame.lookup(name);
    if (local !== undefined) return local;
    return Object.hasOwn(context.ctx, name) ? context.ctx[name] : context.env.globals[name];
  };
  runtime.suppressValue = toOutput;
  // Without loaders `include`, `import` and `extends` find nothing.
  const environment = new Environment([], { autoescape: false });
  addFilters(environment);
  environment.filters = withoutPrototype(environment.filters);
  environment.tests = withoutPrototype(environment.tests);
  environment.globals = withoutPrototype(environment.globals);
  return environment;
}

/** Missing names must not be found on `Object.prototype`. */
function withoutPrototype<T extends object>(table: T): T {
  return Object.assign(Object.create(null), table);
}

function lookUpMember(object: unknown, key: unknown): unknown {
  if (object === undefined || object === null || typeof object === 'function') return undefined;
  const name = String(key);
  const holder: Record<string, unknown> = Object(object);
  if (Object.hasOwn(holder, name)) {
    const value = holder[name];
    return typeof value === 'function' ? value.bind(object) : value;
  }
  const kind = Array.isArray(object) ? 'array' : object instanceof runtime.SafeString ? 'string' : typeof object;
  if (METHODS[kind]?.has(name) !== true) return undefined;
  const target: Record<string, unknown> = Object(object instanceof runtime.SafeString ? object.val : object);
  const method = target[name];
  return typeof method === 'function' ? method.bind(target) : undefined;
}

/** Missing and null print nothing, objects and lists as JSON, functions not at all. */
function toOutput(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'function') return '';
  if (typeof value !== 'object') return value;
  return value instanceof runtime.SafeString ? value.val : JSON.stringify(value);
}
