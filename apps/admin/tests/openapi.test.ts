import { z } from 'zod';
import { buildOpenApi } from '../src/openapi/build.ts';

const document: unknown = JSON.parse(JSON.stringify(buildOpenApi()));

/** Every value within a document that has the key, by its path. */
function findAll(value: unknown, key: string, path = ''): { path: string; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    ...(name === key ? [{ path, value: child }] : []),
    ...findAll(child, key, `${path}/${name}`),
  ]);
}

const described = z
  .object({
    tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
    components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
  })
  .parse(document);

test('the document declares the tags of its operations, and no other', () => {
  const operations = findAll(document, 'operationId').map(({ path }) => path);
  const used = findAll(document, 'tags').flatMap(({ path, value }) =>
    operations.includes(path) ? z.array(z.string()).parse(value) : [],
  );
  expect([...new Set(used)].sort()).toEqual(described.tags.map(({ name }) => name).sort());
});

test('no union stands in a union: generated clients cannot name the types of the inner one', () => {
  const nested = findAll(document, 'anyOf').filter(({ value }) =>
    z
      .array(z.looseObject({}))
      .parse(value)
      .some((option) => 'anyOf' in option),
  );
  // A client needs no types of its own for texts and lists of them.
  const withObjects = nested.filter(({ value }) => findAll(value, 'properties').length > 0);
  expect(withObjects.map(({ path }) => path)).toEqual([]);
});

test.each(['EventHookInput', 'EventHookPatch', 'EventHook', 'RenderResult'])(
  'every option of %s has a name',
  (name) => {
    const { anyOf, oneOf } = described.components.schemas[name] ?? {};
    const options = z.array(z.looseObject({ $ref: z.string().optional() })).parse(anyOf ?? oneOf);
    expect(options.filter(({ $ref }) => $ref === undefined)).toEqual([]);
  },
);

test('one event and an event of a list are the same type', () => {
  const event = { $ref: '#/components/schemas/PublishedEvent' };
  expect(described.components.schemas.Publication).toMatchObject({
    anyOf: [event, { type: 'array', items: event, minItems: 1, maxItems: 1_000 }],
  });
});

test('a body may be missing where an empty object is accepted', () => {
  const isRequired = (path: string, method: string) =>
    findAll(document, 'requestBody')
      .filter((found) => found.path === `/paths/${path}/${method}`)
      .map(({ value }) => z.looseObject({ required: z.boolean().default(false) }).parse(value).required);
  expect(isRequired('/workspaces/{name}', 'patch')).toEqual([false]);
  expect(isRequired('/event-hooks/sources/{source}/{event}', 'put')).toEqual([false]);
  expect(isRequired('/events', 'post')).toEqual([true]);
  expect(isRequired('/event-hooks', 'post')).toEqual([true]);
});
