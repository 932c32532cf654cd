import { packBatches } from './pack-batches.ts';

function batches(count: number, events: number) {
  return Array.from({ length: count }, (_, index) => ({ id: String(index), events }));
}

test('small batches share a job, up to 50 batches and 500 events, in their order', () => {
  expect(packBatches([])).toEqual([]);
  expect(packBatches(batches(3, 1))).toEqual([{ batchIds: ['0', '1', '2'], events: 3 }]);
  expect(packBatches(batches(120, 1)).map(({ events }) => events)).toEqual([50, 50, 20]);
  expect(packBatches(batches(5, 200))).toEqual([
    { batchIds: ['0', '1'], events: 400 },
    { batchIds: ['2', '3'], events: 400 },
    { batchIds: ['4'], events: 200 },
  ]);
  expect(packBatches(batches(120, 3)).flatMap(({ batchIds }) => batchIds)).toEqual(batches(120, 3).map(({ id }) => id));
});

test('a large batch has a job of its own', () => {
  expect(packBatches([...batches(1, 1), { id: 'large', events: 900 }, { id: 'next', events: 1 }])).toEqual([
    { batchIds: ['0'], events: 1 },
    { batchIds: ['large'], events: 900 },
    { batchIds: ['next'], events: 1 },
  ]);
});
