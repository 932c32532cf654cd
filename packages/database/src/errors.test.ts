import { explainStartFault, isPermanentFailure, kindOfDatabaseError } from './errors.ts';

function coded(code: string, message = 'reason'): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  ['57P03', 'passing'],
  ['57014', 'passing'],
  ['08006', 'passing'],
  ['08P01', 'passing'],
  ['ERR_ROLE_SETTINGS', 'setting'],
  ['25006', 'read_only'],
  ['28P01', 'setting'],
  ['28000', 'setting'],
  ['3D000', 'setting'],
  ['42501', 'setting'],
  ['42P01', 'unmigrated'],
  ['42601', 'refused'],
  ['42P05', 'pooler'],
  ['26000', 'pooler'],
  ['23505', 'refused'],
  ['22001', 'refused'],
  ['XX000', 'unknown'],
  ['EPIPE', 'passing'],
  ['ECONNREFUSED', 'passing'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'setting'],
  ['ENOENT', 'unknown'],
])('an error with code %s is %s', (code, kind) => {
  expect(kindOfDatabaseError(coded(code))).toBe(kind);
});

test.each([
  ['no such database: x', 'setting'],
  ['unsupported startup parameter: options', 'setting'],
  ['transaction blocks not allowed in statement pooling mode', 'setting'],
  ['SASL authentication failed', 'setting'],
  ['no more connections allowed (max_client_conn)', 'passing'],
  ['query_wait_timeout', 'passing'],
  ['server conn crashed?', 'passing'],
  ['pgbouncer is shutting down', 'passing'],
  ['server login has been failing, try again later (server_login_retry)', 'passing'],
])('a pooler that says "%s" is %s', (message, kind) => {
  expect(kindOfDatabaseError(coded('08P01', message))).toBe(kind);
});

test('errors without a code are known by what pg says, and a name with several addresses by its first', () => {
  expect(kindOfDatabaseError(new Error('timeout exceeded when trying to connect'))).toBe('passing');
  expect(kindOfDatabaseError(new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'))).toBe(
    'setting',
  );
  expect(kindOfDatabaseError(new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')]))).toBe('passing');
  expect(kindOfDatabaseError(new TypeError('a bug'))).toBe('unknown');
  expect(kindOfDatabaseError('text')).toBe('unknown');
});

test('a refused statement and a missing table fail for ever, what passes or an operator mends does not', () => {
  for (const code of ['22001', '23514', '42601', '42P01', 'ERR_OUT_OF_RANGE'])
    expect(isPermanentFailure(coded(code))).toBe(true);
  for (const code of ['57P01', '25006', '42501', '28P01', 'ECONNRESET'])
    expect(isPermanentFailure(coded(code))).toBe(false);
});

test('a start is ended in one line by what a person has to mend, and by nothing that may pass', () => {
  expect(explainStartFault(coded('28P01', 'password authentication\nfailed'))?.message).toBe(
    'DATABASE_URL: password authentication failed',
  );
  expect(explainStartFault(coded('42P01'))?.message).toContain('npm run migrate');
  expect(explainStartFault(coded('ECONNREFUSED'))).toBeNull();
  expect(explainStartFault(new TypeError('a bug'))).toBeNull();
});
