import type { Handler, Hook } from './hook.ts';

/** What a hook gets for what its client does not say; `null` in a request asks for the same. */
export const HOOK_DEFAULTS = {
  enabled: true,
  event: null,
  max_in_flight: null,
  name: null,
  on_change: null,
  rate_limit: null,
  redact: [],
  retry: null,
  snooze: null,
  tags: [],
  timeout: null,
} as const;

/** Fields that Kong does not have. */
const OWN_FIELDS = ['enabled', 'max_in_flight', 'name', 'rate_limit', 'redact', 'retry', 'tags', 'timeout'] as const;
const OWN_CONFIG_FIELDS = ['ca', 'client_cert', 'client_key', 'language', 'signature_algorithm'] as const;

const WEBHOOK_DEFAULTS = {
  ca: null,
  client_cert: null,
  client_key: null,
  headers: {},
  secret: null,
  signature_algorithm: 'sha1',
} as const;

/**
 * Defaults of `config` by handler, as the reference prints them. `ssl_verify` is the operator's choice:
 * false on Kong's reference page, true from Kong 3.14 on.
 */
export function configDefaults(handler: Handler, sslVerify: boolean): Record<string, unknown> {
  const table = {
    webhook: { ...WEBHOOK_DEFAULTS, ssl_verify: sslVerify },
    'webhook-custom': {
      ...WEBHOOK_DEFAULTS,
      body: null,
      body_format: true,
      headers_format: false,
      payload: null,
      payload_format: true,
      ssl_verify: sslVerify,
    },
    log: {},
    lambda: { language: 'lua' },
  } satisfies Record<Handler, Record<string, unknown>>;
  return table[handler];
}

/** Our own fields with the default at which they need no printing. */
const OWN_DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...OWN_FIELDS.map((name): [string, unknown] => [name, HOOK_DEFAULTS[name]]),
  ['unreadable', []],
  ['config.ca', null],
  ['config.client_cert', null],
  ['config.client_key', null],
  ['config.language', 'lua'],
  ['config.signature_algorithm', 'sha1'],
]);

/** The names of our own fields (absent from Kong) that a request body gives, `config.` ones included. */
export function listOwnFields(body: Record<string, unknown>): string[] {
  const config = typeof body.config === 'object' && body.config !== null ? body.config : {};
  return [
    ...OWN_FIELDS.filter((name) => Object.hasOwn(body, name)),
    ...OWN_CONFIG_FIELDS.filter((name) => Object.hasOwn(config, name)).map((name) => `config.${name}`),
  ];
}

/**
 * A hook as the API answers it: Kong's fields always, ours when the client gave them or when they differ from their
 * default, keys in alphabetical order. So Kong's documented answers hold exactly, and what a client says is what it reads.
 */
export function printHook(hook: Hook): Record<string, unknown> {
  const { workspace: _workspace, explicit, old_secrets: _old, config, ...fields } = hook;
  const isShown = (name: string, value: unknown): boolean =>
    !OWN_DEFAULTS.has(name) ||
    explicit.includes(name) ||
    JSON.stringify(value) !== JSON.stringify(OWN_DEFAULTS.get(name));
  const pick = (entries: [string, unknown][], prefix: string): [string, unknown][] =>
    entries.filter(([name, value]) => isShown(prefix + name, value)).sort(([a], [b]) => (a < b ? -1 : 1));
  const shownConfig = Object.fromEntries(pick(Object.entries(config), 'config.'));
  return Object.fromEntries(pick(Object.entries({ ...fields, config: shownConfig }), ''));
}
