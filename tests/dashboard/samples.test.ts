import { completeEndpoint, PRESETS, verifyRequest } from '@eventhooks/inbound';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { signSample } from '../../apps/dashboard/src/inbound/sign-sample.ts';
import { sampleOfSchema } from '../../apps/dashboard/src/screens/sample-of-schema.ts';

const nowMs = 1_795_600_000_000;
const secrets = ['whsec_Zk3x8Qe1Tn5uRv9bYc2dWm7p'];
const body = '{"text":"grün"}';

const schemes = [
  ...Object.keys(PRESETS).map((preset) => [preset, { preset, verify: { secrets } }] as const),
  ['hmac in base64', { preset: null, verify: { scheme: 'hmac', header: 'x-mac', encoding: 'base64', secrets } }],
  ['hmac with sha512', { preset: null, verify: { scheme: 'hmac', header: 'x-mac', algorithm: 'sha512', secrets } }],
  ['basic', { preset: null, verify: { scheme: 'basic', username: 'ada', secrets } }],
] as const;

test.each(schemes)('a sample that is signed in the browser is verified: %s', async (_name, given) => {
  const map = { source: "'a'", event: "'b'" };
  const completed = completeEndpoint({ respond: null, map, ...given } as Parameters<typeof completeEndpoint>[0]);
  if (!completed.ok) throw new Error(JSON.stringify(completed.faults));
  const { verification } = completed.endpoint;
  const headers = await signSample(verification, secrets[0] ?? '', body, { nowMs, id: 'msg_1' });
  const request = { method: 'POST', query: {}, headers, sent: Buffer.from(body) };
  expect(verifyRequest(verification, request, nowMs)).toEqual({ ok: true });
  expect(verifyRequest(verification, { ...request, headers: {} }, nowMs)).toMatchObject({ ok: false });
});

const tree = {
  type: 'object',
  required: ['id', 'lines', 'at'],
  properties: {
    id: { type: 'string', minLength: 12 },
    amount: { type: 'number', exclusiveMinimum: 10 },
    count: { type: ['integer', 'null'], maximum: 0 },
    state: { enum: ['open', 'closed'] },
    lines: { type: 'array', items: { $ref: '#/definitions/line' } },
    at: { type: 'string', format: 'date-time' },
    to: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
  },
  definitions: {
    line: { type: 'object', properties: { parent: { $ref: '#/definitions/line' }, n: { const: 3 } } },
  },
};

test('an example made of a schema meets it, also where the schema refers to itself', () => {
  const ajv = addFormats.default(new Ajv());
  const schema = { ...tree, definitions: { line: { type: 'object', properties: { n: { const: 3 } } } } };
  expect(ajv.validate(schema, sampleOfSchema(schema))).toBe(true);
  expect(JSON.stringify(sampleOfSchema(tree)).length).toBeLessThan(1_000);
  expect(sampleOfSchema({ type: 'string', examples: ['a', 'b'] })).toBe('a');
});
