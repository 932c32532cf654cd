import { type CelFunc, type CelInput, type CelList, celError, celFunc, celList, celMethod } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { internal } from './bound.ts';
import { charactersPerStep, maxJoined } from './limits.ts';
import type { Meter } from './meter.ts';
import { BOOL, BYTES, DYN, INT, LIST, STRING, TIMESTAMP } from './types.ts';
import { sizeOf } from './values.ts';

/** The library's functions on texts whose results are no larger than their arguments. */
const ownStrings: ReadonlySet<string> = new Set([
  'charAt',
  'indexOf',
  'join',
  'lastIndexOf',
  'lowerAscii',
  'split',
  'substring',
  'trim',
  'upperAscii',
]);

/** The functions that the library lacks, and those that it would run without bound or, in some time zones of the host, wrongly. */
export function createFunctions(meter: Meter): CelFunc[] {
  return [
    ...strings.filter(({ name }) => ownStrings.has(name)),
    ...countingFunctions(meter),
    ...joiningFunctions(meter),
    celFunc('size', [STRING], INT, countCharacters),
    celMethod('size', STRING, [], INT, function () {
      return countCharacters(this);
    }),
    ...Object.entries(timeParts).map(([name, part]) =>
      celMethod(name, TIMESTAMP, [], INT, function () {
        return BigInt(part(timestampDate(this.message as Parameters<typeof timestampDate>[0])));
      }),
    ),
  ];
}

function countingFunctions(meter: Meter): CelFunc[] {
  const lists = new WeakMap<CelList, CelInput[]>();
  return [
    celFunc(internal.step, [INT], BOOL, (steps) => meter.spend(Number(steps))),
    celFunc(internal.charge, [DYN], DYN, (value) => {
      if (meter.spend(sizeOf(value, meter.left(), charactersPerStep))) return value;
      throw celError('takes too many steps');
    }),
    // The accumulator of a loop has no other holder, so it may grow in place. A loop begins with the one empty list that all share.
    celFunc(internal.append, [LIST, DYN], LIST, (list, item) => {
      const known = lists.get(list);
      if (known) {
        known.push(item);
        return list;
      }
      const items: CelInput[] = [...list, item];
      const grown = celList(items);
      lists.set(grown, items);
      return grown;
    }),
  ];
}

/** Texts and lists that loops join could grow without bound: each iteration of `[x + x].map(y, …)` doubles them. */
function joiningFunctions(meter: Meter): CelFunc[] {
  const take = (length: number, steps: number): void => {
    if (length > maxJoined) throw celError(`joins more than ${maxJoined} characters or elements`);
    if (!meter.spend(steps)) throw celError('takes too many steps');
  };
  return [
    celFunc('_+_', [STRING, STRING], STRING, (left, right) => {
      const length = left.length + right.length;
      take(length, length / charactersPerStep);
      return left + right;
    }),
    celFunc('_+_', [BYTES, BYTES], BYTES, (left, right) => {
      const length = left.length + right.length;
      take(length, length / charactersPerStep);
      return Buffer.concat([left, right]);
    }),
    celFunc('_+_', [LIST, LIST], LIST, (left, right) => {
      take(left.size + right.size, left.size + right.size);
      return celList([...left, ...right]);
    }),
  ];
}

/** The code points of a text. The library makes an array of them. */
function countCharacters(text: string): bigint {
  let count = 0;
  for (const _character of text) count += 1;
  return BigInt(count);
}

const dayMs = 86_400_000;

/** The library builds dates in the host's own time zone, and is an hour off where that leaves one out. */
const timeParts: Readonly<Record<string, (time: Date) => number>> = {
  getDate: (time) => time.getUTCDate(),
  getDayOfMonth: (time) => time.getUTCDate() - 1,
  getDayOfWeek: (time) => time.getUTCDay(),
  getDayOfYear: (time) => Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / dayMs),
  getFullYear: (time) => time.getUTCFullYear(),
  getHours: (time) => time.getUTCHours(),
  getMilliseconds: (time) => time.getUTCMilliseconds(),
  getMinutes: (time) => time.getUTCMinutes(),
  getMonth: (time) => time.getUTCMonth(),
  getSeconds: (time) => time.getUTCSeconds(),
};
