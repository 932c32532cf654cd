import type { Role } from '@eventhooks/contract';
import { CommandFailure, EXIT } from './exit-codes.ts';
import { formatTable, formatTime, plain } from './output.ts';
import { formatRateLimit, type GivenRateLimit, toRateLimit } from './rate-limit.ts';
import type { Session } from './session.ts';
import { parseDuration } from './times.ts';

export async function listTokens({ api, output }: Session): Promise<void> {
  const tokens = await api.all('GET /tokens');
  output.result(tokens, () =>
    formatTable(
      ['id', 'name', 'role', 'workspace', 'events/s', 'made', 'last used', 'expires'],
      tokens.map(({ id, name, role, workspace, rate_limit, created_at, last_used_at, expires_at }) => [
        plain(id),
        plain(name),
        plain(role),
        plain(workspace ?? 'all'),
        formatRateLimit(rate_limit),
        formatTime(created_at),
        formatTime(last_used_at) || 'never',
        formatTime(expires_at) || 'never',
      ]),
    ),
  );
}

export interface CreateTokenOptions {
  role: Role;
  name?: string;
  for?: string;
  expiresIn?: string;
  rateLimit?: GivenRateLimit;
}

/** Makes a token. Only the token goes to standard output, so that a script can store it. */
export async function createToken({ api, output }: Session, options: CreateTokenOptions): Promise<void> {
  const { role, name, for: workspace, expiresIn } = options;
  const rate_limit = toRateLimit(options.rateLimit);
  const expires_at = expiresIn === undefined ? undefined : readExpiry(expiresIn);
  const token = await api.call('POST /tokens', { body: { role, name, workspace, expires_at, rate_limit } });
  if (!output.json) output.note('The token is shown only now:');
  output.result(token, () => plain(token.token));
}

export interface UpdateTokenOptions {
  name?: string;
  rateLimit?: GivenRateLimit;
}

export async function updateToken(
  { api, output }: Session,
  { name, rateLimit }: UpdateTokenOptions,
  [id = '']: string[],
): Promise<void> {
  const body = { name, rate_limit: toRateLimit(rateLimit) };
  const token = await api.call('PATCH /tokens/{id}', { params: { id }, body });
  output.result(token, () => `Changed the token ${plain(token.name ?? id)}`);
}

function readExpiry(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === null || durationMs <= 0) {
    throw new CommandFailure(EXIT.usage, `--expires-in '${text}': expected a duration such as '90d'`);
  }
  return Math.floor((Date.now() + durationMs) / 1000);
}

export async function deleteTokens({ api, output }: Session, _options: object, ids: string[]): Promise<void> {
  for (const id of ids) await api.call('DELETE /tokens/{id}', { params: { id } });
  output.result({ deleted: ids }, () => ids.map((id) => `Deleted ${id}`).join('\n'));
}
