import { databaseConnection, parseDatabaseUrl } from './database-url.ts';

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
  ['?schema=tenant_b', /unknown parameter schema; name it by options=-csearch_path/],
])('%s is refused, without the password', (query, fault) => {
  const parsed = parseDatabaseUrl(`${base}${query}`);
  expect(parsed).toEqual({ ok: false, fault: expect.stringMatching(fault) });
  expect(JSON.stringify(parsed)).not.toContain('secret');
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
