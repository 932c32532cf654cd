import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createTally } from './tally.ts';

test('a tally shows its sums by label, and goes on from them after each reading', async () => {
  const registry = new Registry();
  const tally = createTally({
    registers: [registry],
    name: 'ends_total',
    help: 'Ends.',
    labelNames: ['handler', 'result'],
  });
  const read = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('ends_total{'));
  expect(await read()).toEqual([]);

  tally.add(['webhook', 'succeeded']);
  tally.add(['webhook', 'succeeded'], 3);
  tally.add(['log', 'timeout']);
  expect(await read()).toEqual([
    'ends_total{handler="webhook",result="succeeded"} 4',
    'ends_total{handler="log",result="timeout"} 1',
  ]);

  tally.add(['webhook', 'succeeded']);
  expect(await read()).toEqual([
    'ends_total{handler="webhook",result="succeeded"} 5',
    'ends_total{handler="log",result="timeout"} 1',
  ]);
});
