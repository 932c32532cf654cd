import { z } from 'zod';

/** Times of what is ours are ISO 8601. */
export const time = z.iso.datetime();
