import { readFilters } from './read-filters.ts';

const entry = { fields: [] };
const catalogue = {
  balancer: { health: entry },
  crud: { consumers: entry, 'consumers:create': entry },
  'dao:crud': { create: entry },
  'https://example.com/shop': { 'orders/paid': entry },
};
const read = (...operands: string[]) =>
  readFilters(catalogue, operands).map(({ source, event }) => `${source} ${event ?? '*'}`);

test('nothing means every source but the one that repeats another', () => {
  expect(read()).toEqual(['balancer *', 'https://example.com/shop *', 'crud *']);
});

test('a source is followed by any number of its events', () => {
  expect(read('crud')).toEqual(['crud *']);
  expect(read('crud', 'consumers', 'consumers:create')).toEqual(['crud consumers', 'crud consumers:create']);
});

test('several sources are told with their events, and sources may have slashes', () => {
  expect(read('crud/consumers', 'balancer/*')).toEqual(['crud consumers', 'balancer *']);
  expect(read('https://example.com/shop', 'orders/paid')).toEqual(['https://example.com/shop orders/paid']);
  expect(read('https://example.com/shop/orders/paid', 'crud/consumers')).toEqual([
    'https://example.com/shop orders/paid',
    'crud consumers',
  ]);
});

test('an unknown source is left to the server, which knows the nearest', () => {
  expect(read('crudd')).toEqual(['crudd *']);
  expect(read('crudd/consumers')).toEqual(['crudd consumers']);
});
