export { type AdminConfig, adminConfigOf } from './config.ts';
export { createContext } from './context.ts';
export { startAdmin } from './server.ts';
