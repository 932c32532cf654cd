import { readFile } from 'node:fs/promises';
import { createEventFilters, type HeardEvent, variablesOf } from '../src/event-filters.ts';

const page = await readFile(new URL('../../../docs/who-hears.md', import.meta.url), 'utf8');
const filters = [...page.matchAll(/^\| of? ?[^|`]*\| `(.*)` \|$|^\| (?:from|at|when)[^|`]*\| `(.*)` \|$/gm)].map(
  ([, of, other]) => (of ?? other ?? '').replaceAll('\\|', '|'),
);

/** For each filter of the page, in order: data, and other parts of an event, that it lets through, and that it does not. */
const cases: [Partial<HeardEvent>, Partial<HeardEvent>][] = [
  [{ data: '{"service":{"name":"payments"}}' }, { data: '{"service":{"name":"other"}}' }],
  [{ data: '{"route":{"tags":["a","public"]}}' }, { data: '{"route":{}}' }],
  [{ data: '{"consumer":{"groups":[{"name":"gold"}]}}' }, { data: '{"consumer":{"groups":[]}}' }],
  [{ data: '{"amount":100.0,"currency":"CHF"}' }, { data: '{"amount":99.99,"currency":"CHF"}' }],
  [{ timeMs: Date.UTC(2026, 10, 25, 22) }, { timeMs: Date.UTC(2026, 10, 25, 12) }],
  [
    { data: '{"entity":{"enabled":false},"old_entity":{"enabled":true}}' },
    { data: '{"entity":{"enabled":true},"old_entity":{"enabled":true}}' },
  ],
  [{ event: 'routes:create' }, { event: 'routes:delete' }],
  [{ data: '{"entity":{"name":"eu-west-1"}}' }, { data: '{"entity":{"name":"us-west-1"}}' }],
  [{ data: '{"account":9007199254740993}' }, { data: '{"account":9007199254740992}' }],
  [{ data: '{"status":503,"cause":null}' }, { data: '{"status":503,"cause":"known"}' }],
];

test('the filters of docs/who-hears.md say what the page says', () => {
  expect(filters).toHaveLength(cases.length);
  const { judge } = createEventFilters();
  const base: HeardEvent = { id: '', source: 'crud', event: 'routes', timeMs: 0, data: '{}' };
  const outcomes = filters.map((filter, index) =>
    (cases[index] ?? []).map((part) => judge(filter, variablesOf({ ...base, ...part })).kind),
  );
  expect(outcomes).toEqual(cases.map(() => ['passes', 'filtered']));
});
