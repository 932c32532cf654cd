import { dueCounted, packHooks } from './pack-hooks.ts';

const hooks = (count: number, due: number) =>
  Array.from({ length: count }, (_, index) => ({ hookId: `hook-${String(index).padStart(4, '0')}`, due }));

test('hooks with few due deliveries share a job, in order', () => {
  const { jobs, last } = packHooks(hooks(250, 1), { room: 50, copies: 3 });
  expect(jobs.map((job) => job.length)).toEqual([100, 100, 50]);
  expect(jobs.flat()).toEqual(hooks(250, 1).map(({ hookId }) => hookId));
  expect(last).toBe('hook-0249');
});

test('hooks with a long backlog have more jobs after the others, as far as there is room', () => {
  const due = [
    { hookId: 'long', due: dueCounted },
    { hookId: 'longer', due: dueCounted },
    { hookId: 'short', due: 1 },
  ];
  const first = [['long'], ['longer'], ['short']];
  expect(packHooks(due, { room: 50, copies: 2 }).jobs).toEqual([...first, ['long'], ['longer'], ['long'], ['longer']]);
  expect(packHooks(due, { room: 4, copies: 2 }).jobs).toEqual([...first, ['long']]);
  expect(packHooks(due, { room: 50, copies: 0 }).jobs).toEqual(first);
});

test('without room for all, the last packed hook is told', () => {
  const { jobs, last } = packHooks(hooks(10, 200), { room: 3, copies: 3 });
  expect(jobs).toHaveLength(3);
  expect(last).toBe('hook-0002');
  expect(packHooks([], { room: 3, copies: 3 })).toEqual({ jobs: [], last: null });
});
