import type { PrintedHook } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import type { Finding } from './finding.ts';

/** Warns where the API asks for no token. */
export async function checkTokens(api: Api): Promise<Finding[]> {
  if (api.hasToken) return [{ level: 'ok', what: 'The token is good' }];
  return [
    {
      level: 'warning',
      what: 'The Admin API asks for no token: every process of its machine may change hooks',
      advice: 'Fine for trying out. For anything else start the admin with EVENTHOOKS_ADMIN_TOKEN.',
    },
  ];
}

/** Warns of hooks that are disabled, and of those that deliver without encryption or without checking certificates. */
export async function checkHooks(api: Api): Promise<Finding[]> {
  const hooks = await api.all('GET /event-hooks');
  const urlOf = ({ config }: PrintedHook) => (typeof config.url === 'string' ? config.url : '');
  const remote = hooks.filter((hook) => !isLoopback(urlOf(hook)));
  return [
    { level: 'ok', what: `${hooks.length} hooks` },
    ...warn(
      hooks.filter(({ enabled }) => enabled === false),
      'are disabled',
      'After the cause is gone: curl -X PATCH …/event-hooks/<id> -d enabled=true',
    ),
    ...warn(
      remote.filter((hook) => urlOf(hook).startsWith('http:')),
      'deliver unencrypted (http)',
      'Use https URLs.',
    ),
    ...warn(
      remote.filter((hook) => urlOf(hook).startsWith('https:') && hook.config.ssl_verify === false),
      'do not check the certificate (ssl_verify is false)',
      'Set config.ssl_verify to true, or EVENTHOOKS_SSL_VERIFY_DEFAULT for new hooks.',
    ),
  ];
}

const maxNamed = 5;

function isLoopback(url: string): boolean {
  return /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);
}

function warn(hooks: readonly PrintedHook[], what: string, advice: string): Finding[] {
  if (hooks.length === 0) return [];
  const names = hooks.slice(0, maxNamed).map(({ name, id }) => name ?? id);
  const more = hooks.length > maxNamed ? `, and ${hooks.length - maxNamed} more` : '';
  return [{ level: 'warning', what: `${hooks.length} hooks ${what}: ${names.join(', ')}${more}`, advice }];
}
