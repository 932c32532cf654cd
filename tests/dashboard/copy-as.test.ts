import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import type { Hook } from '../../apps/dashboard/src/api/types.ts';
import { hookAsYaml, publishAsCurl, requestAsCurl } from '../../apps/dashboard/src/screens/copy-as.ts';

/** The words that a shell hands to curl. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\nEVENTHOOKS_TOKEN=t0ken\n${command}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const hostile = `it's "$HOME" \`id\` \\ \n!é`;

test('a copied request is one command, whatever its values are, and leaves out what curl sets itself', () => {
  const command = requestAsCurl({
    method: 'PUT',
    url: `https://example.com/?q=${hostile}`,
    headers: { 'x-team': hostile, 'content-length': '3', host: 'example.com', authorization: null },
    body: hostile,
  });
  expect(wordsOf(command)).toEqual([
    '-X',
    'PUT',
    `https://example.com/?q=${hostile}`,
    '-H',
    `x-team: ${hostile}`,
    '-H',
    'authorization: …',
    '--data-raw',
    hostile,
  ]);
});

test('copied publishing takes the token from the environment, if one is needed', () => {
  const event = {
    id: '01890000-0000-7000-8000-000000000000',
    source: 'shop',
    event: 'paid',
    data: { text: hostile },
    publisher_id: null,
    created_at: '2026-11-25T00:00:00.000Z',
  };
  const words = wordsOf(publishAsCurl(event, 'http://127.0.0.1:8001/events', true));
  expect(words).toContain('kong-admin-token: t0ken');
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({ source: 'shop', event: 'paid', data: { text: hostile } });
  expect(publishAsCurl(event, 'http://127.0.0.1:8001/events', false)).not.toContain('token');
});

test('a hook as YAML says what it is, without what the server sets and without secrets', async () => {
  const hook: Hook = {
    id: '01890000-0000-7000-8000-000000000000',
    source: 'crud',
    event: null,
    handler: 'lambda',
    name: 'Check: routes',
    config: { functions: ['return function (data)\n  return data\nend\n'], secret: 'shh', ca: null },
    snooze: 60,
    on_change: null,
    created_at: 1,
    updated_at: 1,
  };
  const text = await hookAsYaml(hook);
  expect(text).not.toContain('shh');
  expect(text).toContain('# Left out: config.secret');
  const { functions } = hook.config;
  expect(parse(text)).toEqual({
    hooks: [{ source: 'crud', handler: 'lambda', name: 'Check: routes', config: { functions }, snooze: 60 }],
  });
  expect(parse(await hookAsYaml({ ...hook, name: null }))).toMatchObject({ hooks: [{ id: hook.id }] });
});
