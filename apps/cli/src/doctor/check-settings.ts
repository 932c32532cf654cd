import type { PrintedHook } from '@eventhooks/contract';
import type { Api } from '../api.ts';
import { formatCount } from '../output.ts';
import type { Finding } from './finding.ts';

/** Warns where the API asks for no token. */
export async function checkTokens(api: Api): Promise<Finding[]> {
  if (api.hasToken) return [{ level: 'ok', what: 'The server accepts the token' }];
  return [
    {
      level: 'warning',
      what: 'The Admin API asks for no token: every process on its machine may change hooks',
      advice: 'That is fine for trying things out. Otherwise set EVENTHOOKS_ADMIN_TOKEN where the admin starts.',
    },
  ];
}

/** Warns of hooks that are disabled, and of those that deliver without encryption or without checking certificates. */
export async function checkHooks(api: Api): Promise<Finding[]> {
  const hooks = await api.all('GET /event-hooks');
  const urlOf = ({ config }: PrintedHook) => (typeof config.url === 'string' ? config.url : '');
  const remote = hooks.filter((hook) => !isLoopback(urlOf(hook)));
  return [
    { level: 'ok', what: `The workspace has ${formatCount(hooks.length, 'hook')}` },
    ...warn(
      hooks.filter(({ enabled }) => enabled === false),
      ['is disabled', 'are disabled'],
      'Once the cause is gone: eventhooks hooks enable <hook>',
    ),
    ...warn(
      remote.filter((hook) => urlOf(hook).startsWith('http:')),
      ['delivers unencrypted (http)', 'deliver unencrypted (http)'],
      'Use https URLs.',
    ),
    ...warn(
      remote.filter((hook) => urlOf(hook).startsWith('https:') && hook.config.ssl_verify === false),
      ['does not check the certificate (ssl_verify is false)', 'do not check certificates (ssl_verify is false)'],
      'Set config.ssl_verify to true, or EVENTHOOKS_SSL_VERIFY_DEFAULT for new hooks.',
    ),
  ];
}

const maxNamed = 5;

function isLoopback(url: string): boolean {
  return /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);
}

function warn(hooks: readonly PrintedHook[], [one, many]: [string, string], advice: string): Finding[] {
  if (hooks.length === 0) return [];
  const names = hooks.slice(0, maxNamed).map(({ name, id }) => name ?? id);
  const more = hooks.length > maxNamed ? `, and ${hooks.length - maxNamed} more` : '';
  const what = `${formatCount(hooks.length, `hook ${one}`, `hooks ${many}`)}: ${names.join(', ')}${more}`;
  return [{ level: 'warning', what, advice }];
}
