import { createGatherer } from './gatherer.ts';

/** A gatherer of numbers whose statements end when the test says so. */
function openGatherer() {
  const statements: { items: readonly number[]; end: (error?: Error) => void }[] = [];
  const gatherer = createGatherer<number, number>({
    mostAtOnce: 1,
    countTogether: (items) => Math.min(items.length, 3),
    run: (items) =>
      new Promise((resolve, reject) => {
        statements.push({ items, end: (error) => (error ? reject(error) : resolve(items.length)) });
      }),
  });
  const endNext = async (error?: Error): Promise<readonly number[]> => {
    const statement = statements.shift();
    statement?.end(error);
    await new Promise(setImmediate);
    return statement?.items ?? [];
  };
  return { gatherer, endNext };
}

const refused = Object.assign(new Error('invalid input'), { code: '22P02' });
const away = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });

test('a first item goes at once, and what comes meanwhile goes together, in its order', async () => {
  const { gatherer, endNext } = openGatherer();
  const results = [1, 2, 3, 4, 5].map((item) => gatherer.add(item));
  expect(await endNext()).toEqual([1]);
  expect(await endNext()).toEqual([2, 3, 4]);
  expect(await endNext()).toEqual([5]);
  expect(await Promise.all(results)).toEqual([1, 3, 3, 3, 1]);
});

test('an item that PostgreSQL refuses does not fail the others of its statement', async () => {
  const { gatherer, endNext } = openGatherer();
  const results = [1, 2, 3].map((item) => gatherer.add(item).catch((error: Error) => error.message));
  await endNext();
  expect(await endNext(refused)).toEqual([2, 3]);
  expect(await endNext(refused)).toEqual([2]);
  expect(await endNext()).toEqual([3]);
  expect(await Promise.all(results)).toEqual([1, 'invalid input', 1]);
});

test('while PostgreSQL is away every item of a statement fails, and the next ones are tried', async () => {
  const { gatherer, endNext } = openGatherer();
  const results = [1, 2, 3].map((item) => gatherer.add(item).catch((error: Error) => error.message));
  await endNext();
  await endNext(away);
  expect(await Promise.all(results)).toEqual([1, 'connection refused', 'connection refused']);
  const next = gatherer.add(4);
  expect(await endNext()).toEqual([4]);
  expect(await next).toBe(1);
});
