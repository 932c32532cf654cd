import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseTarget, type GivenTarget } from './choose-target.ts';
import { profilePath, writeProfiles } from './profile-file.ts';

const production = { url: 'https://hooks.example.com', token: 'of-production', workspace: 'team-a' };
const staging = { url: 'https://staging.example.com' };
const before = { ...process.env };
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'eventhooks-profiles-'));
  process.env.XDG_CONFIG_HOME = dir;
  delete process.env.EVENTHOOKS_ADMIN_PORT;
  delete process.env.EVENTHOOKS_ADMIN_TOKEN;
});
afterEach(() => {
  process.env = { ...before };
  rmSync(dir, { recursive: true });
});

function save(current: string | null): void {
  const byName = new Map([
    ['production', production],
    ['staging', staging],
  ]);
  writeProfiles({ current, byName });
}

const choose = (given: Partial<GivenTarget>) => chooseTarget({ fromEnvironment: new Set(), ...given });
const local = { url: 'http://127.0.0.1:8001', token: null, workspace: null };

test('without profiles it is npm start on this machine, with its own variables', () => {
  expect(choose({})).toEqual(local);
  process.env.EVENTHOOKS_ADMIN_PORT = '9001';
  process.env.EVENTHOOKS_ADMIN_TOKEN = 'of-the-server';
  expect(choose({})).toEqual({ url: 'http://127.0.0.1:9001', token: 'of-the-server', workspace: null });
});

test('the current profile is used, and one that is named before it', () => {
  save('production');
  expect(choose({})).toEqual(production);
  expect(choose({ profile: 'staging' })).toEqual({ ...staging, token: null, workspace: null });
  expect(choose({ workspace: 'team-b' })).toEqual({ ...production, workspace: 'team-b' });
  expect(() => choose({ profile: 'stagin' })).toThrow("no profile 'stagin' (there are: production, staging)");
});

test('variables count before the current profile, and an option that names a profile before variables', () => {
  save('production');
  const fromEnvironment = new Set(['url', 'token']);
  const variables = { url: 'https://other.example.com', token: 'of-other', fromEnvironment };
  expect(choose(variables)).toEqual({ url: variables.url, token: 'of-other', workspace: null });
  expect(choose({ ...variables, profile: 'production' })).toEqual(production);
});

test('no token of a profile reaches another server', () => {
  save('production');
  expect(choose({ url: 'https://other.example.com' })).toEqual({ ...local, url: 'https://other.example.com' });
  expect(choose({ url: 'https://other.example.com', profile: 'production' })).toMatchObject({ token: null });
  expect(choose({ url: 'https://hooks.example.com/', profile: 'production' })).toMatchObject({
    token: 'of-production',
  });
});

test('the file is for its owner only, and refused when others may read it', async () => {
  save('production');
  expect(statSync(profilePath()).mode & 0o777).toBe(0o600);
  await chmod(profilePath(), 0o644);
  expect(() => choose({})).toThrow(`chmod 600 ${profilePath()}`);
});
