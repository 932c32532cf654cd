import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '@eventhooks/contract/message-of';
import { isRecord } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';

/** A server with the token and the workspace to use there. */
export interface Profile {
  url: string;
  token?: string;
  workspace?: string;
}

export interface Profiles {
  /** The profile that is used when none is named; null before the first login. */
  current: string | null;
  byName: Map<string, Profile>;
}

export function profilePath(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'eventhooks', 'profiles.json');
}

/** The stored profiles; none if there is no file. @throws {CommandFailure} for a file that others may read, or that is not ours. */
export function readProfiles(): Profiles {
  const path = profilePath();
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return { current: null, byName: new Map() };
  // On Windows a mode says nothing about who may read a file.
  if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
    throw new CommandFailure(EXIT.usage, `Other users may read ${path}, which holds tokens. Run: chmod 600 ${path}`);
  }
  try {
    return parseProfiles(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${path}: ${messageOf(error)}`);
  }
}

function parseProfiles(content: unknown): Profiles {
  const { current, profiles } = isRecord(content) ? content : {};
  if (!isRecord(profiles)) throw new Error('not a file of profiles');
  const entries = Object.entries(profiles).flatMap(([name, profile]): [string, Profile][] => {
    const { url, token, workspace } = isRecord(profile) ? profile : {};
    if (typeof url !== 'string') return [];
    return [
      [name, { url, ...(typeof token === 'string' && { token }), ...(typeof workspace === 'string' && { workspace }) }],
    ];
  });
  return { current: typeof current === 'string' ? current : null, byName: new Map(entries) };
}

/** Replaces the file as a whole, so that a command that runs at the same time never reads half of it. Only its owner may read it. */
export function writeProfiles({ current, byName }: Profiles): void {
  const path = profilePath();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const written = `${path}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify({ current, profiles: Object.fromEntries(byName) }, null, 2)}\n`, {
    mode: 0o600,
  });
  chmodSync(written, 0o600);
  renameSync(written, path);
}
