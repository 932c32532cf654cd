import type { ApiOptions } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { type Profile, readProfiles } from './profile-file.ts';

/** Where a setting of the server came from: an option of the command line, a variable, or nowhere. */
export interface GivenTarget {
  url?: string;
  token?: string;
  workspace?: string;
  profile?: string;
  /** The names of those above that are variables of the environment, not options. */
  fromEnvironment: ReadonlySet<string>;
}

/**
 * The server to call. An option counts before everything; then a profile that an option names; then variables; then the
 * current profile; then `npm start` on this machine. A profile's token and workspace are used with its own URL only, so that
 * no token reaches another server.
 */
export function chooseTarget(given: GivenTarget): ApiOptions {
  const { EVENTHOOKS_ADMIN_PORT: port, EVENTHOOKS_ADMIN_TOKEN: adminToken } = process.env;
  const isNamed = given.profile !== undefined && !given.fromEnvironment.has('profile');
  const optionOf = (name: 'url' | 'token' | 'workspace') =>
    isNamed && given.fromEnvironment.has(name) ? undefined : given[name] || undefined;
  const profile = findProfile(given.profile, optionOf('url'));
  const local = `http://127.0.0.1:${port || '8001'}`;
  const url = optionOf('url') ?? profile?.url ?? local;
  const own = profile !== null && isSameUrl(profile.url, url) ? profile : null;
  return {
    url,
    token: optionOf('token') ?? own?.token ?? (profile === null ? adminToken || null : null),
    workspace: optionOf('workspace') ?? own?.workspace ?? null,
  };
}

/** A URL without the name of a profile means that server as it is, without the current profile. */
function findProfile(name: string | undefined, url: string | undefined): Profile | null {
  if (name === undefined && url !== undefined) return null;
  const { current, byName } = readProfiles();
  const wanted = name || current;
  if (wanted === null) return null;
  const profile = byName.get(wanted);
  if (profile !== undefined) return profile;
  const known = [...byName.keys()].join(', ') || 'none yet';
  throw new CommandFailure(
    EXIT.usage,
    `There is no profile '${wanted}' (there are: ${known}). To make it: eventhooks login --profile ${wanted}`,
  );
}

function isSameUrl(left: string, right: string): boolean {
  return left.replace(/\/+$/, '') === right.replace(/\/+$/, '');
}
