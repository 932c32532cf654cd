export { type AdminConfig, adminConfigOf, readAdminSettings, requireTokenBeyondLoopback } from './config.ts';
export { type AdminContext, type AdminOverrides, createContext } from './context.ts';
export { listenForAdmin, type RunningAdmin, startAdmin } from './server.ts';
