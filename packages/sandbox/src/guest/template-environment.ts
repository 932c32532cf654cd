import { ExactNumber } from '@eventhooks/contract/exact-json';
import { Environment, runtime, type TemplateEnvironment } from './nunjucks-internals.ts';
import { addFilters } from './template-filters.ts';
import { compileWithDoubles, giveFiltersDoubles, toDouble } from './template-numbers.ts';

/**
 * nunjucks's member lookup leaves ways out of a template open (`constructor.constructor`, `__proto__`). Here a template sees
 * own data properties, and these methods of texts, lists and numbers. The isolate is the security boundary; this keeps
 * templates from running programs against it.
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
  compileWithDoubles();
  // Without loaders `include`, `import` and `extends` find nothing.
  const environment = new Environment([], { autoescape: false });
  addFilters(environment);
  giveFiltersDoubles(environment);
  environment.filters = withoutPrototype(environment.filters);
  environment.tests = withoutPrototype(environment.tests);
  environment.globals = withoutPrototype(environment.globals);
  return environment;
}

/** Missing names must not be found on `Object.prototype`. */
function withoutPrototype<T extends object>(table: T): T {
  return Object.assign(Object.create(null), table);
}

function lookUpMember(owner: unknown, key: unknown): unknown {
  const object = toDouble(owner);
  if (object === undefined || object === null || typeof object === 'function') return undefined;
  const name = String(toDouble(key));
  const holder: Record<string, unknown> = Object(object);
  if (Object.hasOwn(holder, name)) {
    const value = holder[name];
    return typeof value === 'function' ? value.bind(object) : value;
  }
  const kind = Array.isArray(object) ? 'array' : object instanceof runtime.SafeString ? 'string' : typeof object;
  if (METHODS[kind]?.has(name) !== true) return undefined;
  const searches = Array.isArray(object) && (name === 'includes' || name === 'indexOf');
  const value = searches ? object.map(toDouble) : object;
  const target: Record<string, unknown> = Object(value instanceof runtime.SafeString ? value.val : value);
  const method = target[name];
  if (typeof method !== 'function') return undefined;
  return (...args: unknown[]) => Reflect.apply(method, target, searches ? args.map(toDouble) : args);
}

/** Missing values, null and functions print nothing. Objects and lists print as JSON, numbers with the digits published. */
function toOutput(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'function') return '';
  if (typeof value !== 'object') return value;
  if (value instanceof ExactNumber) return value.source;
  return value instanceof runtime.SafeString ? value.val : JSON.stringify(value);
}
