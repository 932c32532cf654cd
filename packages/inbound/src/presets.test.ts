import { INBOUND_PRESETS, type InboundPreset, isJsonObject, readJson } from '@eventhooks/contract';
import {
  type CompletedEndpoint,
  completeEndpoint,
  findPresetEvent,
  listPresetEvents,
  mapRequest,
  PRESETS,
  type ReadRequest,
  type Sample,
  signBody,
  verifyRequest,
} from './index.ts';

const nowMs = Date.UTC(2026, 0, 5, 10);
const secret = 'a secret of the sender';

function complete(preset: InboundPreset, secrets = [secret]): CompletedEndpoint {
  const completed = completeEndpoint({ preset, verify: { secrets }, map: {}, respond: null });
  if (!completed.ok) throw new Error(JSON.stringify(completed.faults));
  return completed.endpoint;
}

/** A sample's request as its sender makes it, a second ago. */
function send({ verification }: CompletedEndpoint, { headers = {}, body }: Sample): ReadRequest {
  const raw = JSON.stringify(body);
  const sent = Buffer.from(raw);
  const signature = signBody(verification, sent, { nowMs: nowMs - 1_000, id: 'msg_sample' });
  return { method: 'POST', query: {}, headers: { ...headers, ...signature }, sent, raw, json: readJson(raw) };
}

const samples = INBOUND_PRESETS.flatMap((preset) =>
  Object.entries<Sample>(PRESETS[preset].samples).map(([name, sample]) => ({ preset, name, sample })),
);

describe.each(samples)("$preset's sample $name", ({ preset, sample }) => {
  const endpoint = complete(preset);
  const request = send(endpoint, sample);

  test('is verified, also with the older of two secrets', () => {
    expect(verifyRequest(endpoint.verification, request, nowMs)).toEqual({ ok: true });
    const rotated = complete(preset, ['a newer one', secret]);
    expect(verifyRequest(rotated.verification, request, nowMs)).toEqual({ ok: true });
  });

  test('is refused with another secret, and without its signature', () => {
    const other = complete(preset, ['another secret']);
    expect(verifyRequest(other.verification, request, nowMs).ok).toBe(false);
    const unsigned = { ...request, headers: sample.headers ?? {} };
    expect(verifyRequest(endpoint.verification, unsigned, nowMs)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('missing'),
    });
  });

  test('is refused when its body was changed, where the sender signs it', () => {
    const changed = { ...request, sent: Buffer.from(`${request.raw} `) };
    const isSigned = endpoint.verification.scheme !== 'token';
    expect(verifyRequest(endpoint.verification, changed, nowMs).ok).toBe(!isSigned);
  });

  test('gives its events', () => {
    const mapped = mapRequest(endpoint.mapping, request);
    if (!mapped.ok) throw new Error(mapped.reason);
    expect(mapped.events.map(({ fields }) => fields)).toMatchObject(sample.events);
    for (const { fields } of mapped.events) {
      expect(fields).toMatchObject({ id: expect.stringMatching(/./), data: expect.any(Object) });
    }
  });

  test('has a description in the catalogue for each of its events', () => {
    for (const { event } of sample.events) expect(findPresetEvent(preset, event)?.description).toMatch(/\.$/);
  });
});

test.each(INBOUND_PRESETS)('%s asks for a secret', (preset) => {
  const completed = completeEndpoint({ preset, verify: {}, map: {}, respond: null });
  expect(completed).toMatchObject({ ok: false, faults: [{ path: ['verify', 'secrets'] }] });
});

function sampleOf(preset: InboundPreset, name: string): Sample {
  const sample = samples.find((one) => one.preset === preset && one.name === name)?.sample;
  if (sample === undefined) throw new Error(`there is no sample ${name}`);
  return sample;
}

function dataOf(preset: InboundPreset, sample: Sample): unknown {
  const endpoint = complete(preset);
  const mapped = mapRequest(endpoint.mapping, send(endpoint, sample));
  if (!mapped.ok) throw new Error(mapped.reason);
  return mapped.events.map(({ fields }) => (isJsonObject(fields) ? fields.data : null));
}

test('data are the body, nested where its own event or source would be covered by ours', () => {
  const [push, consumer, mention] = [
    sampleOf('github', 'push'),
    sampleOf('kong', 'consumer'),
    sampleOf('slack', 'app-mention'),
  ];
  expect(dataOf('github', push)).toEqual([push.body]);
  expect(dataOf('kong', consumer)).toEqual([{ body: consumer.body }]);
  expect(dataOf('slack', mention)).toEqual([{ body: mention.body }]);
});

test('an alert that is sent again in a larger group keeps its id', () => {
  const endpoint = complete('alertmanager');
  const idsOf = (alerts: readonly unknown[]) => {
    const mapped = mapRequest(endpoint.mapping, send(endpoint, { body: { alerts }, events: [] }));
    return mapped.ok ? mapped.events.map(({ fields }) => (isJsonObject(fields) ? fields.id : null)) : [mapped.reason];
  };
  const alert = { status: 'firing', fingerprint: 'f1', startsAt: '2026-01-05T10:00:00Z' };
  expect(idsOf([alert])).toEqual(['f1:2026-01-05T10:00:00Z:firing']);
  expect(idsOf([{ ...alert, fingerprint: 'f2' }, alert])[1]).toBe(idsOf([alert])[0]);
});

test("a CloudEvent's data are the same in binary and structured mode", () => {
  const [binary, structured] = [sampleOf('cloudevents', 'binary'), sampleOf('cloudevents', 'structured')];
  const data = isJsonObject(structured.body) ? structured.body.data : null;
  expect(data).toEqual({ order: 8, amount: 5 });
  expect(dataOf('cloudevents', structured)).toEqual([data]);
  expect(dataOf('cloudevents', { ...binary, body: data })).toEqual([data]);
});

test('the events that a sender is known to send can be registered, where its preset names the source', () => {
  expect(listPresetEvents('github').map(({ source, event }) => `${source}/${event}`)).toEqual([
    'github/push',
    'github/issues.opened',
  ]);
  const without = INBOUND_PRESETS.filter((preset) => listPresetEvents(preset).length === 0);
  expect(without).toEqual(['standard-webhooks', 'kong', 'cloudevents', 'generic']);
});
