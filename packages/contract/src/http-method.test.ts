import { findMethodFault } from './http-method.ts';

test.each(['PSOT', 'POTS', 'PUTT', 'GTE', 'DELEET', 'PTACH', 'HAED', 'OPTION', 'POSTT', 'PATHC'])(
  'the mistyped method %s is refused, with the one that was meant',
  (name) => {
    expect(findMethodFault(name)).toMatch(/^unknown method '.*', did you mean '[A-Z]+'\?$/);
  },
);

test('registered methods and those of receivers with names of their own are taken', () => {
  for (const name of ['POST', 'HEAD', 'PURGE', 'BAN', 'MKCOL', 'M-SEARCH', 'VERSION-CONTROL', 'FROBNICATE']) {
    expect([name, findMethodFault(name)]).toEqual([name, null]);
  }
});

test('CONNECT and what is no upper-case name are refused', () => {
  expect(findMethodFault('CONNECT')).toMatch(/tunnel/);
  for (const name of ['post', '', 'P OST', 'POST\n', '-', 'PÖST']) {
    expect([name, findMethodFault(name)]).toEqual([name, 'expected an upper-case HTTP method']);
  }
});
