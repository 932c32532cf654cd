import { BUILTIN_SOURCES } from './builtin-sources.ts';
import { HANDLERS } from './handlers/index.ts';
import type { Hook } from './hook.ts';
import { printHook } from './hook-defaults.ts';
import { redactPrintedHook } from './hook-secrets.ts';
import { parseHttpUrl } from './http-url.ts';
import { type HookContext, validateHook } from './validate-hook.ts';
import { buildViolation } from './violations.ts';

const context: HookContext = {
  mode: 'create',
  workspace: 'default',
  newId: '01890000-0000-7000-8000-000000000000',
  now: 1_700_000_000,
  catalogue: BUILTIN_SOURCES,
  sslVerifyDefault: false,
};

function hookOf(body: unknown, changes: Partial<HookContext> = {}): Hook {
  const result = validateHook(body, { ...context, ...changes });
  if (!result.ok) throw new Error(buildViolation(result.faults).message);
  return result.hook;
}

function messageOf(body: unknown, changes: Partial<HookContext> = {}): string {
  const result = validateHook(body, { ...context, ...changes });
  if (result.ok) throw new Error('taken');
  return buildViolation(result.faults).message;
}

const times = { created_at: context.now, updated_at: context.now };
const webhook = { source: 'crud', event: 'consumers', handler: 'webhook', config: { url: 'http://example.com' } };

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    'webhook',
    { url: 'https://webhook.site/x' },
    { headers: {}, secret: null, ssl_verify: false, url: 'https://webhook.site/x' },
  ],
  [
    'webhook-custom',
    { url: 'https://hooks.slack.com/x', method: 'POST', payload: { text: '{{ a }}' } },
    {
      body: null,
      body_format: true,
      headers: {},
      headers_format: false,
      method: 'POST',
      payload: { text: '{{ a }}' },
      payload_format: true,
      secret: null,
      ssl_verify: false,
      url: 'https://hooks.slack.com/x',
    },
  ],
  ['log', {}, {}],
  ['lambda', { functions: ['return function() end'] }, { functions: ['return function() end'] }],
])('a %s is printed with the defaults of the reference, and nothing else', (handler, config, printedConfig) => {
  const printed = printHook(hookOf({ source: 'crud', handler, config }));
  expect(printed).toEqual({
    config: printedConfig,
    event: null,
    handler,
    id: context.newId,
    on_change: null,
    snooze: null,
    source: 'crud',
    ...times,
  });
  const orders = [Object.keys(printed), Object.keys(printed.config as object)];
  for (const keys of orders) expect(keys).toEqual([...keys].sort());
});

test('our own fields are printed when they were given, or are not at their default', () => {
  const given = { enabled: true, name: null, tags: ['a'], timeout: 500 };
  const hook = hookOf({ ...webhook, ...given, config: { ...webhook.config, signature_algorithm: 'sha1' } });
  expect(printHook(hook)).toMatchObject({ ...given, config: { signature_algorithm: 'sha1' } });
  expect(printHook({ ...hook, explicit: [] })).not.toHaveProperty('enabled');
  expect(printHook({ ...hook, explicit: [], enabled: false })).toHaveProperty('enabled', false);
});

test('ssl_verify is what the operator chose, where the hook does not say', () => {
  expect(hookOf(webhook, { sslVerifyDefault: true }).config).toMatchObject({ ssl_verify: true });
});

test.each<[string, unknown, string]>([
  ['an empty body', {}, 'handler: required field missing; source: required field missing'],
  ['no object', [], '@entity: expected a record'],
  ['an unknown handler', { source: 'crud', handler: 'sms' }, `handler: expected one of: ${HANDLERS.join(', ')}`],
  [
    'a missing URL and method',
    { source: 'crud', handler: 'webhook-custom' },
    'config.method: required field missing; config.url: required field missing',
  ],
  ['no http', { ...webhook, config: { url: 'file:///etc/passwd' } }, 'config.url: expected an http or https URL'],
  [
    'wrong types',
    { ...webhook, snooze: 1.5, on_change: 'yes', tags: 'a' },
    'on_change: expected a boolean; snooze: expected an integer; tags: expected an array',
  ],
  ['a near event', { ...webhook, event: 'consumer' }, "event: unknown event 'consumer', did you mean 'consumers'?"],
  [
    'NUL and half a character',
    { ...webhook, name: 'a\u0000', config: { url: 'http://x', secret: '\ud800' } },
    'config.secret: must be well-formed Unicode; name: must not contain a NUL character',
  ],
  [
    'header injection',
    { ...webhook, config: { url: 'http://x', headers: { a: 'b\r\nc: d', 'x y': '', Host: 'z' } } },
    'config.headers.Host: this header is set by the dispatcher; config.headers.a: invalid header value; config.headers.x y: invalid header name',
  ],
  [
    'a waiting time without unit',
    { ...webhook, retry: { schedule: ['5'] } },
    "retry.schedule: expected waits like '5s', '5m', '2h' or whole seconds, of 7 days at most",
  ],
  [
    'unknown fields',
    { ...webhook, nme: 1, config: { url: 'http://x', retries: 3 } },
    'config.retries: unknown field; nme: unknown field',
  ],
  [
    'an edge without a snooze',
    { ...webhook, snooze_edge: 'both' },
    'snooze_edge: needs a snooze: give one, or null for this field',
  ],
  [
    'an edge of a snooze of no time',
    { ...webhook, snooze: 0, snooze_edge: 'leading' },
    'snooze_edge: needs a snooze: give one, or null for this field',
  ],
  [
    'an unknown edge',
    { ...webhook, snooze: 5, snooze_edge: 'last' },
    'snooze_edge: expected one of: leading, trailing, both',
  ],
  [
    'on_exhausted without order_by',
    { ...webhook, on_exhausted: 'hold' },
    'on_exhausted: makes sense only with order_by',
  ],
  [
    'an unknown on_exhausted',
    { ...webhook, order_by: "''", on_exhausted: 'stop' },
    'on_exhausted: expected one of: continue, hold',
  ],
  [
    'what needs another field, beside unknown fields',
    { source: 'crud', handler: 'log', batch: { size: 2 }, snooze_edge: 'both', expires_at: 1_000_000_000, nme: 1 },
    "batch: handler 'log' takes no batches; expires_at: must be in the future; nme: unknown field; snooze_edge: needs a snooze: give one, or null for this field",
  ],
  [
    'an edge of a snooze that is no number',
    { ...webhook, snooze: 'x', snooze_edge: 'both' },
    'snooze: expected an integer',
  ],
  [
    'one bad function',
    { source: 'crud', handler: 'lambda', config: { functions: ['ok', ''] } },
    'config.functions[2]: length must be at least 1',
  ],
])('%s is refused with every fault', (_what, body, faults) => {
  expect(messageOf(body)).toBe(`schema violation (${faults})`);
});

test('F24 a header value may have any characters but control characters', () => {
  const headers = { 'x-title': 'Zoë ✓ 😀 {{ name }}', 'x-tab': 'a\tb' };
  expect(validateHook({ ...webhook, config: { url: 'http://example.com', headers } }, context).ok).toBe(true);
  for (const value of ['a\nb', 'a\rb', 'a\0b', 'a\x7fb']) {
    const body = { ...webhook, config: { url: 'http://example.com', headers: { 'x-title': value } } };
    expect(messageOf(body)).toContain('x-title');
  }
});

test.each([
  ' http://127.0.0.1/',
  'http://127.0.0.1/ ',
  '\u00a0http://127.0.0.1/',
  'http://127.0.0.1/\n',
  'ht\ttp://127.0.0.1/',
  'http://127.0.\n0.1/',
  '\u0001http://127.0.0.1/',
  'http://example.com/\u0085',
])('A7 a URL with what parsers drop is refused: %j', (url) => {
  expect(messageOf({ ...webhook, config: { url } })).toBe(
    'schema violation (config.url: must not contain control characters, nor begin or end with a space)',
  );
});

test.each(['HTTP://example.com/', 'http:\\\\example.com\\a', 'https:example.com', 'http://example.com/a b'])(
  'A7 other spellings of a URL are read by the parser that dials them: %s',
  (url) => {
    expect(hookOf({ ...webhook, config: { url } }).config).toMatchObject({ url });
    expect(parseHttpUrl(url)).toMatchObject({ ok: true, url: { hostname: 'example.com' } });
  },
);

test('a key __proto__ is an unknown field', () => {
  expect(messageOf(JSON.parse('{"source":"crud","handler":"log","__proto__":{"snooze":1}}'))).toBe(
    'schema violation (__proto__: unknown field)',
  );
});

test('faults nest in `fields` as the body nests, items by their place', () => {
  const result = validateHook({ source: 'crud', handler: 'lambda', config: { functions: ['ok', 1] } }, context);
  expect(result.ok ? null : buildViolation(result.faults).fields).toEqual({
    config: { functions: [null, 'expected a string'] },
  });
});

test('a patch merges config by field; null asks for the default; the times are ours', () => {
  const existing = hookOf({
    ...webhook,
    snooze: 5,
    config: { ...webhook.config, secret: 's', headers: { a: '1', b: '2' } },
  });
  const patched = hookOf(
    { snooze: null, config: { headers: { a: '3' }, secret: null } },
    { mode: 'patch', existing, id: existing.id, now: 1_800_000_000 },
  );
  expect(patched).toMatchObject({
    snooze: null,
    created_at: context.now,
    updated_at: 1_800_000_000,
    config: { url: 'http://example.com', headers: { a: '3' }, secret: null },
  });
});

test('a patch of the handler keeps of the old config what the new handler knows', () => {
  const existing = hookOf({ ...webhook, config: { ...webhook.config, secret: 's' } });
  const patched = hookOf(
    { handler: 'webhook-custom', config: { method: 'PUT' } },
    { mode: 'patch', existing, id: existing.id },
  );
  expect(patched.config).toMatchObject({ method: 'PUT', url: 'http://example.com', secret: 's', payload: null });
  expect(hookOf({ handler: 'log' }, { mode: 'patch', existing, id: existing.id }).config).toEqual({});
});

test('an id that is not the one of the path is refused', () => {
  const id = '11111111-1111-1111-1111-111111111111';
  expect(messageOf({ ...webhook, id: '22222222-2222-2222-2222-222222222222' }, { mode: 'replace', id })).toBe(
    'schema violation (id: immutable field cannot be updated)',
  );
  expect(hookOf({ ...webhook, id: id.toUpperCase() }, { mode: 'replace', id }).id).toBe(id);
});

test('redaction leaves no secret and no credential in a header', () => {
  const hook = hookOf({
    ...webhook,
    config: { url: 'http://x', secret: 's', headers: { Authorization: 'Bearer t', 'X-Api-Key': 'k', accept: '*/*' } },
  });
  expect(redactPrintedHook(printHook(hook)).config).toMatchObject({
    secret: null,
    headers: { Authorization: null, 'X-Api-Key': null, accept: '*/*' },
  });
});
