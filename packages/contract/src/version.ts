import { createRequire } from 'node:module';

/** The product's version; all packages have the same. */
export const PRODUCT_VERSION: string = createRequire(import.meta.url)('../package.json').version;
