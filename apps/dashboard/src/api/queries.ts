import { keepPreviousData, QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { ApiFailure, api } from './client.ts';
import { useLiveState } from './live.ts';
import type { Hook, Page, Sources } from './types.ts';

/** A query's key is its path, so that a change of a path names the queries to ask again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (count, error) => !(error instanceof ApiFailure && error.status >= 400 && error.status < 500) && count < 2,
    },
  },
});

const pollEveryMs = 4_000;

export function pathQuery<T>(path: string) {
  return queryOptions({ queryKey: [path], queryFn: () => api<T>('GET', path) });
}

/** The answer of a path. The rows before stay on the screen while the next ones are under way. */
export function useApi<T>(path: string, { enabled = true }: { enabled?: boolean } = {}) {
  return useQuery({ ...pathQuery<T>(path), enabled, placeholderData: keepPreviousData });
}

/** The same, kept up to date: asked again as the stream tells of changes, or every few seconds where there is no stream. */
export function useLiveApi<T>(
  path: string,
  { enabled = true, everyMs = 30_000 }: { enabled?: boolean; everyMs?: number } = {},
) {
  const isLive = useLiveState() === 'live';
  return useQuery({
    ...pathQuery<T>(path),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? everyMs : pollEveryMs,
  });
}

/** Asks again what begins with one of these paths, where it is on the screen. */
export function refresh(...prefixes: string[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === 'string' && prefixes.some((prefix) => path === prefix || path.startsWith(prefix)),
  });
}

/** Up to 1,000 hooks, by id: enough to name those that a page of deliveries shows. */
export function useHooks() {
  return useApi<Page<Hook>>('/event-hooks?size=1000');
}

export function useHook(id: string) {
  return useApi<Hook>(`/event-hooks/${id}`);
}

export function useSources() {
  return useApi<{ data: Sources }>('/event-hooks/sources');
}

/** The URL of a webhook's receiver; null for other handlers. */
export function urlOf({ config }: Hook): string | null {
  return typeof config.url === 'string' ? config.url : null;
}

/** A hook as people call it. */
export function nameHook(hook: Hook | undefined, id: string): string {
  if (hook === undefined) return `${id.slice(0, 8)}…`;
  if (hook.name) return hook.name;
  const url = URL.parse(urlOf(hook) ?? '');
  return url === null
    ? `${hook.handler} · ${hook.source}/${hook.event ?? '*'}`
    : `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
