import { openTogether } from './open-together.ts';

function resource(name: string, closed: string[], error?: Error) {
  return {
    name,
    close: async () => {
      closed.push(name);
      if (error !== undefined) throw error;
    },
  };
}

test('resources are closed in reverse order, also behind one that does not close, which is told', async () => {
  const closed: string[] = [];
  const opened = await openTogether(async (own) => ({
    first: own(resource('first', closed)),
    second: own(resource('second', closed, new Error('stuck'))),
    third: own(resource('third', closed)),
  }));
  expect(opened.first.name).toBe('first');
  await expect(opened.close()).rejects.toThrow('stuck');
  expect(closed).toEqual(['third', 'second', 'first']);
  await opened.close();
  expect(closed).toHaveLength(3);
});

test('when opening fails, what was open already is closed', async () => {
  const closed: string[] = [];
  const opening = openTogether(async (own) => {
    own(resource('first', closed));
    own(resource('second', closed));
    throw new Error('no third');
  });
  await expect(opening).rejects.toThrow('no third');
  expect(closed).toEqual(['second', 'first']);
});
