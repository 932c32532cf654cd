import { parseLossless, stringifyExact } from '@eventhooks/contract/exact-json';
import { bodyOf, openTestSandbox } from './support/sandbox.ts';

/** Numbers print as they were published, and count as doubles. */
const { sandbox } = openTestSandbox();
afterAll(() => sandbox.close());

const data =
  '{"id":7615917337495251231,"price":136.0,"big":1e400,"tiny":0.10000000000000001,"zero":0.0,"one":1.0,"n":5,' +
  '"list":[136.0,9007199254740993,2.50],"object":{"id":7615917337495251231,"price":136.0},"map":{"2":1,"1":2.0},"name":"ada"}';

async function render(template: string): Promise<string> {
  const [outcome] = await sandbox.render({ id: template, revision: '1' }, bodyOf(template), [
    { data, event: 'e', source: 's' },
  ]);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome.ok ? (outcome.rendered.body ?? '') : `${outcome.kind}: ${outcome.message}`;
}

test.each([
  [
    '{{ id }} {{ price }} {{ big }} {{ tiny }} {{ zero }} {{ n }}',
    '7615917337495251231 136.0 1e400 0.10000000000000001 0.0 5',
  ],
  ['{* id *}', '7615917337495251231'],
  ['{{ object.id }} {{ object["price"] }} {{ list[1] }}', '7615917337495251231 136.0 9007199254740993'],
  ['{{ object }}', '{"id":7615917337495251231,"price":136.0}'],
  ['{{ list }}', '[136.0,9007199254740993,2.50]'],
  ['{{ map }} {% for k, v in map %}{{ k }}={{ v }};{% endfor %} {{ map["1"] }}', '{"2":1,"1":2.0} 2=1;1=2.0; 2.0'],
  ['{{ object | json }}', '{"id":7615917337495251231,"price":136.0}'],
  ['{{ id | json }}', '7615917337495251231'],
  ['{{ id | urlencode }} {{ object | urlencode }}', '7615917337495251231 id=7615917337495251231&price=136.0'],
  [
    '{{ id | string }} {{ id | safe }} {{ id | escape }}',
    '7615917337495251231 7615917337495251231 7615917337495251231',
  ],
  ['{{ id | default("x") }} {{ missing | default(id) }}', '7615917337495251231 7615917337495251231'],
  ['{{ id or "x" }} {{ missing or id }} {{ id and price }}', '7615917337495251231 7615917337495251231 136.0'],
  ['{{ "a" if n else "b" }} {{ id if n else 0 }}', 'a 7615917337495251231'],
  [
    '{{ "id-" ~ id }} {{ "id-" + id }} {{ id + "-id" }}',
    'id-7615917337495251231 id-7615917337495251231 7615917337495251231-id',
  ],
  ['{{ list | join(",") }}', '136.0,9007199254740993,2.50'],
  ['{% for x in list %}{{ x }};{% endfor %}', '136.0;9007199254740993;2.50;'],
  ['{% for k, v in object %}{{ k }}={{ v }};{% endfor %}', 'id=7615917337495251231;price=136.0;'],
  ['{% set x = id %}{{ x }}', '7615917337495251231'],
  ['{% macro m(x) %}{{ x }}{% endmacro %}{{ m(id) }}', '7615917337495251231'],
  ['{{ list | first }} {{ list | last }}', '136.0 2.50'],
])('F1 %s prints the digits as published', async (template, expected) => {
  expect(await render(template)).toBe(expected);
});

test.each([
  [
    '{{ price + 1 }} {{ 1 + price }} {{ price - 1 }} {{ price * 2 }} {{ price / 2 }} {{ price % 5 }} {{ price // 5 }} {{ one ** 2 }} {{ -price }}',
    '137 137 135 272 68 1 27 1 -136',
  ],
  [
    '{{ price + price }} {{ missing + 1 }} {{ n + 1 }} {{ "a" + 1 }} {{ "a" ~ 1 ~ missing }}',
    '272 NaN 6 a1 a1undefined',
  ],
  [
    '{{ price == 136 }} {{ price === 136 }} {{ price != 136 }} {{ price > 135.5 }} {{ 136 >= price }} {{ price == object.price }}',
    'true true false true true true',
  ],
  [
    '{% if zero %}a{% else %}b{% endif %}{% if not zero %}c{% endif %}{{ "d" if zero else "e" }}{{ zero or "f" }}{{ zero and "g" }}',
    'bcef0.0',
  ],
  ['{% if one and price %}a{% endif %}{% if zero or one %}b{% endif %}', 'ab'],
  [
    '{{ 136 in list }} {{ price in list }} {{ 2.5 in list }} {{ 7 in list }} {{ "id" in object }} {{ "d" in name }}',
    'true true true false true true',
  ],
  ['{{ list.includes(136) }} {{ list.indexOf(price) }}', 'true 0'],
  [
    '{{ price is number }} {{ one is odd }} {{ price is even }} {{ price is divisibleby(2) }} {{ price is defined }}',
    'true true true true true',
  ],
  ['{% switch price %}{% case 136 %}a{% default %}b{% endswitch %}', 'a'],
  [
    '{{ price | round }} {{ tiny | round(2) }} {{ price | abs }} {{ price | int }} {{ price | float }}',
    '136 0.1 136 136 136',
  ],
  ['{{ list | sum }} {{ list | sort }}', '9007199254741130 [2.50,136.0,9007199254740993]'],
  ['{{ price.toFixed(2) }} {{ tiny.toFixed(1) }}', '136.00 0.1'],
  ['{{ ["a", "b"][one] }} {{ range(2.0 * one) | length }}', 'b 2'],
  ['{{ 1627588552.0 | date }}', '2021-07-29T19:55:52Z'],
  ['{{ price.source }}{{ price.constructor }}', ''],
])('F1 %s computes with doubles', async (template, expected) => {
  expect(await render(template)).toBe(expected);
});

test('F1 numbers of a payload stay as the hook has them, beside texts that are rendered', async () => {
  const payload = parseLossless('{"id":7615917337495251231,"list":[136.0,"{{ price }}"],"text":"{{ id }}"}');
  const templates = { ...bodyOf(''), body: null, payload: Object(payload) };
  const [outcome] = await sandbox.render({ id: 'payload', revision: '1' }, templates, [
    { data, event: 'e', source: 's' },
  ]);
  expect(outcome?.ok === true && stringifyExact(outcome.rendered.payload)).toBe(
    '{"id":7615917337495251231,"list":[136.0,"136.0"],"text":"7615917337495251231"}',
  );
});
