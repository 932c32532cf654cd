import type { FaultTree } from '../api/types.ts';

/** The fault of a field or of its content. */
export function faultAt(faults: FaultTree, path: string): string | undefined {
  let found: FaultTree[string] | undefined = faults;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || Array.isArray(found)) return undefined;
    found = found[name];
  }
  return found === undefined || typeof found === 'string' ? found : listFaults(found, '').join('; ');
}

/** Lists count from one, as in the overall message. */
function listFaults(tree: Exclude<FaultTree[string], string>, prefix: string): string[] {
  const entries = Array.isArray(tree)
    ? tree.map((fault, index) => [`${index + 1}`, fault] as const)
    : Object.entries(tree);
  return entries.flatMap(([name, fault]) => {
    if (fault === null) return [];
    return typeof fault === 'string' ? [`${prefix}${name}: ${fault}`] : listFaults(fault, `${prefix}${name}.`);
  });
}

/** The faults without those of some fields, which were changed since. */
export function withoutFaults(faults: FaultTree, paths: readonly string[]): FaultTree {
  return Object.fromEntries(
    Object.entries(faults).flatMap(([name, fault]): [string, FaultTree[string]][] => {
      if (paths.includes(name)) return [];
      if (typeof fault !== 'object' || fault === null || Array.isArray(fault)) return [[name, fault]];
      const inner = paths.flatMap((path) => (path.startsWith(`${name}.`) ? [path.slice(name.length + 1)] : []));
      const rest = withoutFaults(fault, inner);
      return Object.keys(rest).length === 0 ? [] : [[name, rest]];
    }),
  );
}
