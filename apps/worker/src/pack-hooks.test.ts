import { dueCounted, packHooks } from './pack-hooks.ts';

const hooks = (count: number, due: number) =>
  Array.from({ length: count }, (_, index) => ({ hookId: `hook-${String(index).padStart(4, '0')}`, due }));

test('hooks with few due deliveries share a job, in order', () => {
  const { jobs, last } = packHooks(hooks(250, 1), 50);
  expect(jobs.map((job) => job.length)).toEqual([100, 100, 50]);
  expect(jobs.flat()).toEqual(hooks(250, 1).map(({ hookId }) => hookId));
  expect(last).toBe('hook-0249');
});

test('a hook with a long line has two jobs and no more', () => {
  expect(
    packHooks(
      [
        { hookId: 'long', due: dueCounted },
        { hookId: 'short', due: 1 },
      ],
      50,
    ).jobs,
  ).toEqual([['long'], ['long'], ['short']]);
});

test('without room for all, it tells where to go on', () => {
  const { jobs, last } = packHooks(hooks(10, 200), 3);
  expect(jobs).toHaveLength(3);
  expect(last).toBe('hook-0002');
  expect(packHooks([], 3)).toEqual({ jobs: [], last: null });
});
