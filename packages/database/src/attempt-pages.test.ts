import fc from 'fast-check';
import { makePage, pageAttempts, readPage, type StoredAttempt } from './attempt-pages.ts';
import { firstIdAt, newId, timeOfId } from './ids.ts';

const attempt = (over: Partial<StoredAttempt> = {}): StoredAttempt => ({
  delivery_id: newId(),
  number: 1,
  started_at: new Date(),
  duration_ms: 3,
  ok: true,
  error_code: null,
  error_message: null,
  request: '{"method":"POST"}',
  response: '{"status":200}',
  ...over,
});

test('what a page was made of is read from it, whatever its texts hold', () => {
  const text = fc.option(fc.string({ unit: 'grapheme' }));
  const made = fc.record({
    number: fc.integer({ min: 1, max: 99 }),
    ok: fc.boolean(),
    error_message: text,
    request: text,
    response: text,
  });
  fc.assert(
    fc.property(fc.array(made, { minLength: 1, maxLength: 20 }), (parts) => {
      const attempts = parts.map((part) => attempt({ ...part, error_code: part.ok ? null : 'http_5xx' }));
      expect(readPage(makePage(attempts).content)).toEqual(attempts);
    }),
  );
});

test("a page's id is of its deliveries' time, and the same for the same content", () => {
  const attempts = [attempt(), attempt()];
  const { id } = makePage(attempts);
  expect(timeOfId(id)).toBe(timeOfId(attempts[0]?.delivery_id ?? ''));
  expect(makePage(attempts).id).toBe(id);
  expect(makePage([...attempts, attempt()]).id).not.toBe(id);
});

test('a page of a later form is refused rather than misread', () => {
  const { content } = makePage([attempt()]);
  content[0] = 2;
  expect(() => readPage(content)).toThrow('unknown form 2');
});

test('attempts of different days are in different pages, and a few of one day are in none', () => {
  const midnight = Date.UTC(2026, 5, 2);
  const idAt = (ms: number) => firstIdAt(ms).slice(0, 13) + newId().slice(13);
  const before = Array.from({ length: 5 }, () => attempt({ delivery_id: idAt(midnight - 1) }));
  const after = Array.from({ length: 6 }, () => attempt({ delivery_id: idAt(midnight) }));
  const few = [attempt({ delivery_id: idAt(midnight + 86_400_000) })];
  const { pages, pageOf, together, single } = pageAttempts([...before, ...after, ...few]);
  expect(pages.map(({ content }) => readPage(content))).toEqual([before, after]);
  expect(new Set(before.map(({ delivery_id }) => pageOf.get(delivery_id)))).toEqual(new Set([pages[0]?.id]));
  expect(together).toEqual([...before, ...after]);
  expect(single).toEqual(few);
});
