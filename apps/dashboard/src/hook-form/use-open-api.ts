import { useQuery } from '@tanstack/react-query';
import { callRoot } from '../api/client.ts';
import type { OpenApi } from './schema.ts';

/** The API's description of itself; the same for as long as the page is open. */
export function useOpenApi() {
  return useQuery({
    queryKey: ['openapi'],
    queryFn: () => callRoot<OpenApi>('GET', '/openapi.json'),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
