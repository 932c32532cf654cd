/** The dashboard's pages that `open` knows by name. */
export const PAGES = ['hooks', 'deliveries', 'events', 'replays', 'catalogue', 'access', 'audit', 'system'] as const;
