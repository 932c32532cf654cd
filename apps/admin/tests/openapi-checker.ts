import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildOpenApi } from '../src/openapi/build.ts';

const document = JSON.parse(JSON.stringify(buildOpenApi()));
const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(document, 'openapi');

const operations = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Throws unless /openapi.json describes this answer: its path, method and status, and a body that meets its schema. */
export function checkAnswer(method: string, url: string, { status, body }: { status: number; body: unknown }): void {
  const path = url.split('?')[0]?.replace(/(.)\/+$/, '$1') ?? '';
  if (status === 404 && !operations.some(({ pattern }) => pattern.test(path))) return;
  const matching = operations.filter(({ pattern }) => pattern.test(path));
  const described = matching.filter((operation) => document.paths[operation.path][method.toLowerCase()] !== undefined);
  if (status === 405 || method === 'OPTIONS' || method === 'HEAD') return;
  if (described.length === 0) throw new Error(`/openapi.json does not describe ${method} ${path}`);
  const faults = described.map((operation) => findFault(operation.path, method.toLowerCase(), status, body));
  if (!faults.includes(null))
    throw new Error(`/openapi.json does not fit ${method} ${path} ${status}: ${faults.join('; ')}`);
}

function findFault(path: string, method: string, status: number, body: unknown): string | null {
  const response = document.paths[path][method].responses[status];
  if (response === undefined) return `no response ${status}`;
  const isEmpty = body === '';
  if (response.content === undefined) return isEmpty ? null : 'a body where none is described';
  const [mediaType = ''] = Object.keys(response.content);
  const pointer = ['paths', path, method, 'responses', String(status), 'content', mediaType, 'schema']
    .map((token) => encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.getSchema(`openapi#/${pointer}`);
  if (validate === undefined) return 'no schema';
  return validate(body) ? null : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 500)}`;
}
