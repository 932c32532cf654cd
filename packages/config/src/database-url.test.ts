import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { databaseConnection, parseDatabaseUrl, withPasswordFile } from './database-url.ts';

const base = 'postgres://ada:secret@db.example:5433/eventhooks';

function configOf(query: string) {
  const parsed = parseDatabaseUrl(`${base}${query}`);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.config;
}

test.each([
  ['', undefined],
  ['?sslmode=disable', false],
  ['?sslmode=allow', undefined],
  ['?sslmode=require', { rejectUnauthorized: false }],
  ['?sslmode=no-verify', { rejectUnauthorized: false }],
  ['?sslmode=verify-full', {}],
  ['?sslmode=require&uselibpqcompat=true', { rejectUnauthorized: false }],
])('F40 %s is read as libpq reads it', (query, ssl) => {
  expect(configOf(query).ssl).toEqual(ssl);
});

test.each([
  ['?sslmode=verify-ca', /verify-ca needs sslrootcert/],
  ['?sslmode=required', /sslmode: expected one of disable, allow/],
  ['?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', /\/nowhere\/ca\.pem/],
  ['?sslrootcert=/nowhere/ca.pem', /^sslrootcert: .*\/nowhere\/ca\.pem/],
  [`?sslmode=verify-ca&sslrootcert=${import.meta.filename}`, /^sslrootcert: expected certificates in PEM/],
  ['?sslmode=require&sslcert=/x.pem', /sslcert and sslkey are given together/],
  ['?sslmode=require&sslrootcert=system', /sslrootcert=system needs sslmode=verify-full/],
  ['?schema=tenant_b', /unknown parameter schema; name it by options=-csearch_path/],
  ['?sslmod=require', /^unknown parameter sslmod$/],
  ['?passfile=/x', /^unknown parameter passfile; name a file with the password alone/],
  ['?target_session_attrs=standby', /target_session_attrs: expected one of any, read-write, primary/],
  ['?password_file=/x', /it has a password, and a file/],
  ['?host=a,b', /several hosts go before the path/],
])('%s is refused, without the password', (query, fault) => {
  const parsed = parseDatabaseUrl(`${base}${query}`);
  expect(parsed).toEqual({ ok: false, fault: expect.stringMatching(fault) });
  expect(JSON.stringify(parsed)).not.toContain('secret');
});

test.each([
  ['mysql://db.example/x', /expected a URL that starts with postgres/],
  ['postgres://db.example:99999/x', /expected hosts as host:port/],
  ['postgres://a,b:x/y', /expected hosts as host:port/],
  ['postgres://ada@a/x?password_file=/nowhere/password', /\/nowhere\/password/],
  ['postgres://ada@a/x?password_file=/dev/null', /the file \/dev\/null is empty/],
])('%s is refused', (url, fault) => {
  expect(parseDatabaseUrl(url)).toEqual({ ok: false, fault: expect.stringMatching(fault) });
});

test('several hosts are one connection, which looks for the one that takes writes', () => {
  const parsed = parseDatabaseUrl(
    'postgres://ada:secret@a,b:5433,[::1]:5434/eventhooks?target_session_attrs=read-write',
  );
  if (!parsed.ok) throw new Error(parsed.fault);
  expect(parsed.config).toMatchObject({ user: 'ada', password: 'secret', database: 'eventhooks' });
  expect(parsed.config.stream).toBeInstanceOf(Function);
});

test('a certificate for any of several hosts is taken by verify-full', () => {
  const parsed = parseDatabaseUrl('postgres://a,b/x?sslmode=verify-full');
  const ssl = parsed.ok && typeof parsed.config.ssl === 'object' ? parsed.config.ssl : {};
  const certificateOf = (name: string) => ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as PeerCertificate;
  expect(ssl.checkServerIdentity?.('a', certificateOf('b'))).toBeUndefined();
  expect(ssl.checkServerIdentity?.('a', certificateOf('c'))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('a password in a file is read again for each connection, and so are certificates', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'eventhooks-config-'));
  const file = join(directory, 'password');
  await writeFile(file, 'first\n');
  const { password } = databaseConnection(withPasswordFile('postgres://ada@a/x?sslmode=require', file), {});
  const read = (): unknown => (typeof password === 'function' ? password() : password);
  expect(read()).toBe('first');
  await writeFile(file, 'second');
  expect(read()).toBe('second');
  await rm(directory, { recursive: true });
  expect(read()).toBe('second');
});

test("a session's parameters in the URL and ours are joined; the URL's other values go before ours", () => {
  const connection = databaseConnection(`${base}?options=-c%20statement_timeout%3D30000&application_name=mine`, {
    options: '-c synchronous_commit=off',
    application_name: 'ours',
  });
  expect(connection).toMatchObject({
    host: 'db.example',
    port: 5433,
    user: 'ada',
    password: 'secret',
    database: 'eventhooks',
    application_name: 'mine',
    options: '-c statement_timeout=30000 -c synchronous_commit=off',
  });
});
