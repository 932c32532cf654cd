import type { EventRecord, Hook, Message } from '../api/types.ts';

/** A text as one word of a POSIX shell. */
function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(
  method: string,
  url: string,
  headers: readonly (readonly [string, string])[],
  body: string | null,
): string {
  const parts = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoteForShell(url)}`,
    ...headers.map(([name, value]) => `-H ${quoteForShell(`${name}: ${value}`)}`),
    ...(body === null ? [] : [`--data-raw ${quoteForShell(body)}`]),
  ];
  return parts.join(' \\\n  ');
}

/** Headers that curl makes itself, and that would be wrong with another body. */
const ownHeaders = /^(content-length|host|connection|transfer-encoding|traceparent)$/i;

/** The request of an attempt as a curl command. Values that are not shown are left for the reader to fill in. */
export function requestAsCurl({ method = 'POST', url = '', headers = {}, body }: Message): string {
  const shown = Object.entries(headers)
    .filter(([name]) => !ownHeaders.test(name))
    .map(([name, value]) => [name, value ?? '…'] as const);
  return curl(method, url, shown, body ?? null);
}

/** Publishing the same event once more, as a curl command. */
export function publishAsCurl({ source, event, data }: EventRecord, url: string, isTokenRequired: boolean): string {
  const headers = [['content-type', 'application/json'] as const];
  const token = isTokenRequired ? [['kong-admin-token', '$EVENTHOOKS_TOKEN'] as const] : [];
  const command = curl('POST', url, [...headers, ...token], JSON.stringify({ source, event, data }));
  // The shell puts the token in.
  return command.replace("'kong-admin-token: $EVENTHOOKS_TOKEN'", '"kong-admin-token: $EVENTHOOKS_TOKEN"');
}

/** Fields that the server sets, or that belong to this installation only. */
const notInFiles: ReadonlySet<string> = new Set(['created_at', 'updated_at', 'unreadable']);

/** A hook as an entry of a file for `eventhooks apply`. Secrets are left out: a file names them by a variable. */
export async function hookAsYaml(hook: Hook): Promise<string> {
  const { stringify } = await import('yaml');
  const given = Object.entries(hook).filter(
    // A file knows a hook by its name, or else by its id.
    ([name, value]) => !notInFiles.has(name) && value !== null && (name !== 'id' || !hook.name),
  );
  const { secret, client_key, ...config } = hook.config;
  const shown = Object.entries(config).filter(([, value]) => value !== null);
  const text = stringify({ hooks: [{ ...Object.fromEntries(given), config: Object.fromEntries(shown) }] });
  const left = [secret && 'config.secret', client_key && 'config.client_key'].filter(Boolean);
  return left.length === 0 ? text : `# Left out: ${left.join(', ')}\n${text}`;
}
