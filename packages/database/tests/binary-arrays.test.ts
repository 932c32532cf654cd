import fc from 'fast-check';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/index.ts';
import {
  boolArray,
  byteaArray,
  float8Array,
  int2Array,
  int4Array,
  textArray,
  uuidArray,
} from '../src/binary-arrays.ts';

let testDatabase: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  client = new pg.Client(testDatabase.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await testDatabase.drop();
});

const kinds = [
  ['uuid', uuidArray, fc.uuid()],
  // PostgreSQL keeps neither NUL nor half a surrogate pair.
  ['text', textArray, fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))],
  ['bytea', byteaArray, fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  ['smallint', int2Array, fc.integer({ min: -32_768, max: 32_767 })],
  ['int', int4Array, fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })],
  ['float8', float8Array, fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['bool', boolArray, fc.boolean()],
] as const;

it.each(kinds)('PostgreSQL reads an array of %s as it was given', async (type, encode, element) => {
  const encodeAny = encode as (values: readonly unknown[]) => Buffer;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option<unknown>(element), { maxLength: 20 }), async (values) => {
      const { rows } = await client.query(`SELECT value FROM unnest($1::${type}[]) AS value`, [encodeAny(values)]);
      expect(rows.map(({ value }) => value)).toEqual(values);
    }),
    { numRuns: 40 },
  );
});

it('refuses a number that does not fit', () => {
  expect(() => int2Array([32_768])).toThrow('out of range');
  expect(() => int4Array([2_147_483_648])).toThrow('out of range');
});
