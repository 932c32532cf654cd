import type { PrintedHook } from '@eventhooks/contract';
import { isUuid } from '@eventhooks/contract/uuid';
import type { Api } from '../api.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { plain } from '../output.ts';

/** A hook by its id, or by its name where only one has it. */
export async function findHook(api: Api, which: string): Promise<PrintedHook> {
  if (isUuid(which)) return api.call('GET /event-hooks/{id}', { params: { id: which } });
  const named = (await api.all('GET /event-hooks')).filter(({ name }) => name === which);
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  throw new CommandFailure(
    EXIT.refused,
    first === undefined
      ? `There is no hook with the id or name '${which}'. eventhooks hooks list shows all.`
      : `${named.length} hooks have the name '${which}'; give the id: ${named.map(({ id }) => id).join(', ')}`,
  );
}

/** Hooks by ids or names, all found before the first is changed. */
export async function findHooks(api: Api, operands: readonly string[]): Promise<PrintedHook[]> {
  const hooks: PrintedHook[] = [];
  for (const which of operands) hooks.push(await findHook(api, which));
  return hooks;
}

export function labelOf({ id, name }: Pick<PrintedHook, 'id' | 'name'>): string {
  return plain(name ?? id);
}

/** Tells a hook by its name. A hook that is deleted, has no name, or shares its name with another is told by its id. */
export type NameHook = (id: string) => string;

/** The names of all hooks. A token that may not list hooks gets their ids. */
export async function fetchHookNames(api: Api): Promise<NameHook> {
  const names = new Map<string, string>();
  let offset: string | undefined;
  do {
    const answer = await api.request('GET /event-hooks', { query: { size: 1_000, ...(offset && { offset }) } });
    if (!answer.ok) return plain;
    for (const { id, name } of answer.body.data) if (name) names.set(id, name);
    offset = answer.body.offset;
  } while (offset !== undefined);
  const uses = Map.groupBy(names.values(), (name) => name);
  return (id) => {
    const name = names.get(id);
    return plain(name !== undefined && uses.get(name)?.length === 1 ? name : id);
  };
}
