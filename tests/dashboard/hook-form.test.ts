import { buildOpenApi } from '../../apps/admin/src/openapi/build.ts';
import { bodyOf, changesOf, draftOf, startDraft } from '../../apps/dashboard/src/hook-form/draft.ts';
import { faultAt } from '../../apps/dashboard/src/hook-form/faults.ts';
import { findHandler, type OpenApi, readHandlers } from '../../apps/dashboard/src/hook-form/schema.ts';

const document: OpenApi = JSON.parse(JSON.stringify(buildOpenApi()));
const handlers = readHandlers(document);
const fieldsOf = (handler: string) => findHandler(document, handler).fields;

test('the form asks what the API describes, and requires what it requires', () => {
  const required = handlers.map(({ name, fields }) => [
    name,
    fields
      .filter(({ isRequired }) => isRequired)
      .map(({ path }) => path)
      .sort(),
  ]);
  expect(Object.fromEntries(required)).toMatchObject({
    webhook: ['config.url'],
    'webhook-custom': ['config.method', 'config.url'],
    lambda: ['config.functions'],
    log: [],
  });
});

test('every handler and every field has a label, and what the server sets is not asked for', () => {
  for (const { label, description, fields } of handlers) {
    expect([label, description]).not.toContain('');
    expect(fields.filter(({ form }) => form === undefined)).toEqual([]);
    const paths = fields.map(({ path }) => path);
    expect(paths.filter((path) => /^(id|created_at|updated_at|handler|source|event)$/.test(path))).toEqual([]);
  }
  expect(fieldsOf('webhook').find(({ path }) => path === 'retry.schedule')?.label).toBe('Retry schedule');
});

test('previews are offered for the handlers that can be rendered, functions have sources to begin with', () => {
  expect(handlers.filter(({ canPreview }) => canPreview).map(({ name }) => name)).toEqual([
    'webhook',
    'webhook-custom',
  ]);
  const functions = fieldsOf('lambda').find(({ path }) => path === 'config.functions');
  expect(functions?.form?.starts).toEqual({
    lua: expect.stringMatching(/^return function/),
    javascript: expect.stringMatching(/^return function/),
  });
  expect(startDraft(findHandler(document, 'lambda')).values).toEqual({
    'config.functions': [functions?.form?.starts?.lua],
  });
});

test('a field has the default of the API, except where the operator chooses it', () => {
  const defaults = new Map(fieldsOf('webhook-custom').map(({ path, form }) => [path, form?.default]));
  expect(
    ['enabled', 'config.body_format', 'config.headers_format', 'config.ssl_verify'].map((path) => defaults.get(path)),
  ).toEqual([true, true, false, undefined]);
});

test('fields have the types of the schema', () => {
  const types = new Map(fieldsOf('webhook-custom').map(({ path, type }) => [path, type]));
  expect(
    [
      'config.url',
      'config.ssl_verify',
      'config.headers',
      'config.payload',
      'config.signature_algorithm',
      'snooze',
      'tags',
      'retry.schedule',
    ].map((path) => types.get(path)),
  ).toEqual(['text', 'boolean', 'map', 'json', 'choice', 'integer', 'list', 'list']);
});

const hook = {
  id: '01890000-0000-7000-8000-000000000000',
  source: 'crud',
  event: null,
  handler: 'webhook' as const,
  config: { url: 'https://example.com/', secret: null, ssl_verify: false, headers: { 'x-team': 'a' } },
  retry: { schedule: ['5s'] },
  snooze: 60,
  on_change: null,
  created_at: 1,
  updated_at: 1,
};

test('a draft is a body without what is not said', () => {
  const draft = startDraft(findHandler(document, 'webhook'));
  const values = { 'config.url': 'https://example.com/', name: '', tags: [], snooze: undefined };
  expect(bodyOf({ ...draft, event: '', values }, fieldsOf('webhook'))).toEqual({
    handler: 'webhook',
    source: 'crud',
    event: null,
    config: { url: 'https://example.com/' },
  });
});

test('an edited hook sends what changed, and null for what is no longer said', () => {
  const before = draftOf(hook);
  const fields = fieldsOf('webhook');
  expect(changesOf(before, before, fields)).toEqual({});
  const { snooze: _snooze, ...values } = before.values;
  const after = {
    ...before,
    event: 'routes',
    values: { ...values, 'retry.schedule': [], 'config.secret': 'new', name: 'N' },
  };
  expect(changesOf(before, after, fields)).toEqual({
    event: 'routes',
    name: 'N',
    snooze: null,
    retry: null,
    config: { secret: 'new' },
  });
});

test('faults are found at their field, or within it', () => {
  const faults = { config: { url: 'expected a URL', headers: { 'x y': 'invalid header name' } }, source: 'unknown' };
  expect([faultAt(faults, 'config.url'), faultAt(faults, 'config.headers'), faultAt(faults, 'source')]).toEqual([
    'expected a URL',
    'x y: invalid header name',
    'unknown',
  ]);
  expect([faultAt(faults, 'config.body'), faultAt({}, 'config.url')]).toEqual([undefined, undefined]);
  const ofLists = { config: { functions: [null, 'line 1: unexpected symbol'] } };
  expect(faultAt(ofLists, 'config.functions')).toBe('2: line 1: unexpected symbol');
});
