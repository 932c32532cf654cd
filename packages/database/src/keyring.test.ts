import { createKeyring } from './keyring.ts';

const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const place = 'event_hooks/1/config.secret';

test('what is sealed is opened at its place, and differs each time', () => {
  const keyring = createKeyring([one]);
  for (const text of ['s3cret', '', 'Grüße 😀', 'x'.repeat(100_000)]) {
    const sealed = keyring.seal(text, place);
    expect(keyring.open(sealed, place)).toEqual({ ok: true, text });
    expect(keyring.seal(text, place)).not.toBe(sealed);
    if (text !== '') expect(sealed).not.toContain(text);
  }
});

test('the first key seals, and all open', () => {
  const sealed = createKeyring([one]).seal('s3cret', place);
  const both = createKeyring([two, one]);
  expect(both.open(sealed, place)).toEqual({ ok: true, text: 's3cret' });
  expect(both.isCurrent(sealed)).toBe(false);
  const anew = both.seal('s3cret', place);
  expect(both.isCurrent(anew)).toBe(true);
  expect(createKeyring([two]).open(anew, place)).toEqual({ ok: true, text: 's3cret' });
  expect(createKeyring([one]).open(anew, place)).toEqual({ ok: false, reason: 'unknown_key' });
});

test('without keys nothing is sealed and nothing opened', () => {
  const none = createKeyring([]);
  expect(none.currentKeyId).toBeNull();
  expect(() => none.seal('s3cret', place)).toThrow('no key');
  expect(none.open(createKeyring([one]).seal('s3cret', place), place)).toEqual({ ok: false, reason: 'unknown_key' });
});

test('a sealed text does not open elsewhere, nor after any change of a byte', () => {
  const keyring = createKeyring([one]);
  const sealed = keyring.seal('s3cret', place);
  expect(keyring.open(sealed, 'event_hooks/2/config.secret')).toEqual({ ok: false, reason: 'damaged' });
  const [version, keyId, encoded = ''] = sealed.split('.');
  const bytes = Buffer.from(encoded, 'base64');
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    const text = `${version}.${keyId}.${changed.toString('base64')}`;
    expect(keyring.open(text, place)).toEqual({ ok: false, reason: 'damaged' });
  }
});

test.each(['', 'v1', 'v2.00000000.AAAA', 's3cret', 'a.b.c.d'])('%j is damaged or unknown, and no error', (text) => {
  expect(createKeyring([one]).open(text, place).ok).toBe(false);
});

test('a text of the current key that is too short is damaged', () => {
  const keyring = createKeyring([one]);
  expect(keyring.open(`v1.${keyring.currentKeyId}.AAAA`, place)).toEqual({ ok: false, reason: 'damaged' });
});
