import { type Api, isRecord } from '../api.ts';
import type { Finding } from './finding.ts';

/** Whether the API is open to everyone here. */
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

/** Hooks that do not, or not safely, do what they are for. */
export async function checkHooks(api: Api): Promise<Finding[]> {
  const hooks: Record<string, unknown>[] = [];
  for await (const hook of api.list('/event-hooks')) if (isRecord(hook)) hooks.push(hook);
  const configOf = (hook: Record<string, unknown>) => (isRecord(hook.config) ? hook.config : {});
  const isWebhook = (hook: Record<string, unknown>) => typeof configOf(hook).url === 'string';
  const isRemote = (hook: Record<string, unknown>) =>
    !/^https?:\/\/(127\.|localhost|\[::1\])/.test(String(configOf(hook).url));
  const webhooks = hooks.filter((hook) => isWebhook(hook) && isRemote(hook));
  return [
    { level: 'ok', what: `${hooks.length} hooks` },
    ...warn(
      hooks.filter(({ enabled }) => enabled === false),
      'are disabled',
      'After the cause is gone: curl -X PATCH …/event-hooks/<id> -d enabled=true',
    ),
    ...warn(
      webhooks.filter((hook) => String(configOf(hook).url).startsWith('http:')),
      'deliver unencrypted (http)',
      'Use https URLs.',
    ),
    ...warn(
      webhooks.filter((hook) => String(configOf(hook).url).startsWith('https:') && configOf(hook).ssl_verify === false),
      'do not check the certificate (ssl_verify is false)',
      'Set config.ssl_verify to true, or EVENTHOOKS_SSL_VERIFY_DEFAULT for new hooks.',
    ),
  ];
}

const MAX_NAMED = 5;

function warn(hooks: readonly Record<string, unknown>[], what: string, advice: string): Finding[] {
  if (hooks.length === 0) return [];
  const names = hooks.slice(0, MAX_NAMED).map(({ name, id }) => String(name ?? id));
  const more = hooks.length > MAX_NAMED ? `, and ${hooks.length - MAX_NAMED} more` : '';
  return [{ level: 'warning', what: `${hooks.length} hooks ${what}: ${names.join(', ')}${more}`, advice }];
}
