import { messageOf } from '@eventhooks/contract/message-of';
import { Api, isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { formatTable, plain } from '../output.ts';
import { readText } from '../read-input.ts';
import type { Session } from '../session.ts';
import { ask, askHidden } from './ask.ts';
import { type Profile, profilePath, readProfiles, writeProfiles } from './profile-file.ts';

export interface LoginOptions {
  url?: string;
  token?: string;
  workspace?: string;
  profile?: string;
  tokenStdin?: boolean;
}

const firstName = 'default';

/** Checks a server's address and token, and keeps them as a profile, which becomes the current one. */
export async function login({ output }: Session, options: LoginOptions): Promise<void> {
  const profiles = readProfiles();
  const name = options.profile || profiles.current || firstName;
  const given = await askForProfile(options, profiles.byName.get(name));
  const { profile, description } = await checkProfile(given);
  profiles.byName.set(name, profile);
  writeProfiles({ ...profiles, current: name });
  output.result({ profile: name, url: profile.url, workspace: profile.workspace ?? null }, () =>
    [
      `${profile.url} answers. ${description}`,
      `Saved as the profile '${name}' in ${profilePath()}. Commands use it from now on.`,
    ].join('\n'),
  );
}

async function askForProfile(options: LoginOptions, known: Profile | undefined): Promise<Profile> {
  const { workspace = known?.workspace } = options;
  const mayAsk = process.stdin.isTTY && !options.tokenStdin;
  const usual = known?.url ?? 'http://127.0.0.1:8001';
  const url = options.url ?? (mayAsk ? await ask('URL of the Admin API', usual) : usual);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new CommandFailure(EXIT.usage, `'${url}': expected an http or https URL`);
  const token = await readToken(options, mayAsk);
  return { url: url.replace(/\/+$/, ''), ...(token !== '' && { token }), ...(workspace && { workspace }) };
}

async function readToken({ token, tokenStdin }: LoginOptions, mayAsk: boolean): Promise<string> {
  if (tokenStdin) return (await readText('-')).trim();
  if (token !== undefined) return token;
  return mayAsk ? askHidden('Token (nothing if the server asks for none)') : '';
}

/** Asks the server which token this is. A token that opens a single workspace is used in that one. */
async function checkProfile(profile: Profile): Promise<{ profile: Profile; description: string }> {
  const { url, token = null, workspace = null } = profile;
  const session = await fetchSession(new Api({ url, token, workspace: null }));
  const own = workspace ?? (typeof session.workspace === 'string' ? session.workspace : null);
  const checked = { ...profile, ...(own !== null && { workspace: own }) };
  if (session.is_token_required !== true) return { profile: checked, description: 'It asks for no token.' };
  const place = own === null ? 'all workspaces' : `the workspace '${own}'`;
  return { profile: checked, description: `The token has the role '${plain(session.role)}' in ${place}.` };
}

async function fetchSession(api: Api): Promise<Record<string, unknown>> {
  const address = `${api.url}/dashboard/session`;
  let response: Response;
  try {
    response = await fetch(address, { headers: api.headers(), signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    throw new CommandFailure(EXIT.unavailable, `${api.url} cannot be reached: ${messageOf(cause ?? error)}`);
  }
  if (response.status === 204) throw new CommandFailure(EXIT.refused, `${api.url} asks for a token`);
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && isRecord(body) && 'role' in body) return body;
  const reason = isRecord(body) && typeof body.message === 'string' ? body.message : 'is it an Eventhooks server?';
  throw new CommandFailure(EXIT.refused, `${api.url} answered ${response.status}: ${reason}`);
}

export async function listProfiles({ output }: Session): Promise<void> {
  const { current, byName } = readProfiles();
  const rows = [...byName].map(([name, { url, workspace, token }]) => ({
    name,
    is_current: name === current,
    url,
    workspace: workspace ?? null,
    has_token: token !== undefined,
  }));
  output.result(rows, () =>
    rows.length === 0
      ? 'There are no profiles. To make one: eventhooks login'
      : formatTable(
          ['name', 'url', 'workspace', 'token', ''],
          rows.map((row) => [
            plain(row.name),
            plain(row.url),
            plain(row.workspace ?? 'default'),
            row.has_token ? 'saved' : 'none',
            row.is_current ? 'current' : '',
          ]),
        ),
  );
}

export async function selectProfile({ output }: Session, _options: object, [name = '']: string[]): Promise<void> {
  const profiles = readProfiles();
  requireProfile(profiles.byName, name);
  writeProfiles({ ...profiles, current: name });
  output.result({ current: name }, () => `Commands use the profile '${name}' from now on.`);
}

/** Forgets a profile. The token itself stays valid: `tokens delete` ends it. */
export async function logout({ output }: Session, { profile }: { profile?: string }): Promise<void> {
  const profiles = readProfiles();
  const name = profile || profiles.current || firstName;
  requireProfile(profiles.byName, name);
  profiles.byName.delete(name);
  writeProfiles({ ...profiles, current: profiles.current === name ? null : profiles.current });
  output.result({ forgotten: name }, () => `Forgot the profile '${name}'. Its token is still valid on the server.`);
}

function requireProfile(byName: ReadonlyMap<string, Profile>, name: string): void {
  if (byName.has(name)) return;
  throw new CommandFailure(EXIT.usage, `There is no profile '${name}'. eventhooks profiles lists them.`);
}
