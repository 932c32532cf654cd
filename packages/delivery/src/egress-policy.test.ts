import fc from 'fast-check';
import { findAddressFault, isNameAllowed, PUBLIC_ONLY, parseEgressAllow } from './egress-policy.ts';

test('entries are CIDRs, addresses, names and ports; blanks are skipped', () => {
  const parsed = parseEgressAllow(' 10.0.0.0/8 ,, ::1, 192.168.1.5,Hooks.Internal, *.svc.cluster.local,:25,');
  if (!parsed.ok) throw new Error(parsed.faults.join());
  expect(parsed.policy.ranges.map(([address, bits]) => `${address}/${bits}`)).toEqual([
    '10.0.0.0/8',
    '::1/128',
    '192.168.1.5/32',
  ]);
  expect(parsed.policy.names).toEqual(['hooks.internal', '*.svc.cluster.local']);
  expect(parsed.policy.ports).toEqual([25]);
});

test('every malformed entry is named', () => {
  const parsed = parseEgressAllow(
    '10.0.0.0/33,ok.example,127.1,a b,http://x/,:99999,::ffff:10.0.0.0/104,user@host,a/b,*,a.example:8080,*.*.x,10/8,127.1/8',
  );
  expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.split("'")[1])).toEqual([
    '10.0.0.0/33',
    '127.1',
    'a b',
    'http://x/',
    ':99999',
    '::ffff:10.0.0.0/104',
    'user@host',
    'a/b',
    '*',
    'a.example:8080',
    '*.*.x',
    '10/8',
    '127.1/8',
  ]);
});

test('a name matches itself, whatever its trailing dot; a wildcard matches what is below, not the name itself', () => {
  const parsed = parseEgressAllow('a.example,*.b.example');
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const { policy } = parsed;
  expect(
    ['a.example', 'a.example.', 'x.b.example', 'x.y.b.example'].map((name) => isNameAllowed(name, policy)),
  ).toEqual([true, true, true, true]);
  expect(
    ['x.a.example', 'b.example', 'xb.example', 'a.example.org'].map((name) => isNameAllowed(name, policy)),
  ).toEqual([false, false, false, false]);
});

test('every address of 10/8, however it is written into IPv6, is blocked', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, (a, b, c) => {
      const dotted = `10.${a}.${b}.${c}`;
      const forms = [dotted, `::ffff:${dotted}`, `::${dotted}`, `64:ff9b::${dotted}`, `::ffff:0:${dotted}`];
      for (const form of forms) expect(findAddressFault(form, PUBLIC_ONLY)).not.toBeNull();
    }),
  );
});

test('no address outside of 2000::/3 is public', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const first = group.filter((value) => value >> 13 !== 1);
  fc.assert(
    fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (head, tail) => {
      const address = [head, ...tail].map((value) => value.toString(16)).join(':');
      expect(findAddressFault(address, PUBLIC_ONLY)).not.toBeNull();
    }),
  );
});
