import { keepPreviousData, QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { ApiFailure, api } from './client.ts';
import { useLiveState } from './live.ts';
import type { Hook, Page, SearchPage, Sources } from './types.ts';

/** A query's key is its path, so that the path of a change names the queries to refetch. */
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

/** The answer at a path. Earlier rows stay on the screen until the next ones arrive. */
export function useApi<T>(path: string, { enabled = true }: { enabled?: boolean } = {}) {
  return useQuery({ ...pathQuery<T>(path), enabled, placeholderData: keepPreviousData });
}

/** The same, kept up to date: refetched when the stream reports a change, or every few seconds without a stream. */
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

/**
 * A list that is kept up to date, or the result of a search: that stays as it is until the page is loaded again, because to
 * search again at each change would keep the database busy.
 */
export function useListApi<T>(path: string, searched: string | undefined) {
  const isLive = useLiveState() === 'live';
  const isSearch = searched !== undefined;
  return useQuery({
    ...(isSearch
      ? { queryKey: ['search', path], queryFn: () => api<SearchPage<T>>('GET', path), staleTime: 60_000 }
      : pathQuery<SearchPage<T>>(path)),
    placeholderData: keepPreviousData,
    refetchInterval: isSearch ? false : isLive ? 30_000 : pollEveryMs,
  });
}

/** Refetches the queries on the screen whose path begins with one of these. */
export function refresh(...prefixes: string[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === 'string' && prefixes.some((prefix) => path === prefix || path.startsWith(prefix)),
  });
}

/** Up to 1,000 hooks by id: enough to name those on a page of deliveries. */
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

/** A hook's label for people. */
export function nameHook(hook: Hook | undefined, id: string): string {
  if (hook === undefined) return `${id.slice(0, 8)}…`;
  if (hook.name) return hook.name;
  const url = URL.parse(urlOf(hook) ?? '');
  return url === null
    ? `${hook.handler} · ${hook.source}/${hook.event ?? '*'}`
    : `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
