import { isRecord } from './api.ts';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { formatTable, formatTime, plain } from './output.ts';
import type { Session } from './session.ts';
import { parseDuration } from './times.ts';

export async function listTokens({ api, output }: Session): Promise<void> {
  const tokens: Record<string, unknown>[] = [];
  for await (const token of api.list('/tokens')) if (isRecord(token)) tokens.push(token);
  output.result(tokens, () =>
    formatTable(
      ['id', 'name', 'role', 'workspace', 'made', 'last used', 'expires'],
      tokens.map(({ id, name, role, workspace, created_at, last_used_at, expires_at }) => [
        plain(id),
        plain(name),
        plain(role),
        plain(workspace ?? 'all'),
        formatTime(created_at),
        formatTime(last_used_at) || 'never',
        formatTime(expires_at) || 'never',
      ]),
    ),
  );
}

export interface CreateTokenOptions {
  role: string;
  name?: string;
  for?: string;
  expiresIn?: string;
}

/** Makes a token. It alone goes to standard output, so that it can be put where it belongs. */
export async function createToken({ api, output }: Session, options: CreateTokenOptions): Promise<void> {
  const token = await api.call('POST', '/tokens', {
    role: options.role,
    ...(options.name !== undefined && { name: options.name }),
    ...(options.for !== undefined && { workspace: options.for }),
    ...(options.expiresIn !== undefined && { expires_at: readExpiry(options.expiresIn) }),
  });
  if (!isRecord(token)) throw new CommandFailure(EXIT.unavailable, 'The answer is no token');
  if (!output.json) output.note(`Token ${plain(token.id)}, shown this once:`);
  output.result(token, () => plain(token.token));
}

function readExpiry(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === null || durationMs <= 0) {
    throw new CommandFailure(EXIT.usage, `--expires-in '${text}': expected a duration such as '90d'`);
  }
  return Math.floor((Date.now() + durationMs) / 1000);
}

export async function deleteTokens({ api, output }: Session, _options: object, ids: string[]): Promise<void> {
  for (const id of ids) await api.call('DELETE', `/tokens/${encodeURIComponent(id)}`);
  output.result({ deleted: ids }, () => ids.map((id) => `Deleted ${id}`).join('\n'));
}
