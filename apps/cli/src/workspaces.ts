import { formatTable, formatTime, plain } from './output.ts';
import { formatRateLimit, type GivenRateLimit, toRateLimit } from './rate-limit.ts';
import type { Session } from './session.ts';

export async function listWorkspaces({ api, output }: Session): Promise<void> {
  const workspaces = await api.all('GET /workspaces');
  output.result(workspaces, () =>
    formatTable(
      ['name', 'title', 'unknown events', 'events/s', 'comment', 'made'],
      workspaces.map(({ name, title, open, rate_limit, comment, created_at }) => [
        plain(name),
        plain(title),
        open ? 'are added' : 'are refused',
        formatRateLimit(rate_limit),
        plain(comment),
        formatTime(created_at),
      ]),
    ),
  );
}

export interface WorkspaceOptions {
  /** Empty for none. */
  title?: string;
  comment?: string;
  open?: boolean;
  rateLimit?: GivenRateLimit;
}

export async function createWorkspace(
  { api, output }: Session,
  { title, comment, open, rateLimit }: WorkspaceOptions,
  [name = '']: string[],
): Promise<void> {
  const workspace = await api.call('POST /workspaces', {
    body: { name, title: title === '' ? null : title, comment, open, rate_limit: toRateLimit(rateLimit) },
  });
  output.result(workspace, () => `Created the workspace ${plain(name)}. To use it: --workspace ${plain(name)}`);
}

export async function updateWorkspace(
  { api, output }: Session,
  { title, comment, open, rateLimit }: WorkspaceOptions,
  [name = '']: string[],
): Promise<void> {
  const workspace = await api.call('PATCH /workspaces/{name}', {
    params: { name },
    body: { title: title === '' ? null : title, comment, open, rate_limit: toRateLimit(rateLimit) },
  });
  output.result(workspace, () => `Changed the workspace ${plain(name)}`);
}

export async function deleteWorkspaces({ api, output }: Session, _options: object, names: string[]): Promise<void> {
  for (const name of names) await api.call('DELETE /workspaces/{name}', { params: { name } });
  output.result({ deleted: names }, () => names.map((name) => `Deleted the workspace ${plain(name)}`).join('\n'));
}
