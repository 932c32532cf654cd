import type { FaultTree } from '../api/types.ts';

/** The fault of a field, or what is wrong inside of it. */
export function faultAt(faults: FaultTree, path: string): string | undefined {
  let found: FaultTree | string | undefined = faults;
  for (const name of path.split('.')) {
    if (found === undefined || typeof found === 'string') return undefined;
    found = found[name];
  }
  return found === undefined || typeof found === 'string' ? found : listFaults(found, '').join('; ');
}

function listFaults(tree: FaultTree, prefix: string): string[] {
  return Object.entries(tree).flatMap(([name, fault]) =>
    typeof fault === 'string' ? [`${prefix}${name}: ${fault}`] : listFaults(fault, `${prefix}${name}.`),
  );
}
