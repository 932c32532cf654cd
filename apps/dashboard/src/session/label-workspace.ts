import type { Workspace } from '../api/types.ts';

/** The title of a workspace, or its name where it has none. */
export function titleOf({ title, name }: Workspace): string {
  return title ?? name;
}

/** The title with the name, where one of several is chosen: two may have the same title. */
export function labelWorkspace({ title, name }: Workspace): string {
  return title === null ? name : `${title} (${name})`;
}
