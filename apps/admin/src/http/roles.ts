import type { Role } from '@eventhooks/contract';

const READERS: readonly Role[] = ['admin', 'viewer'];
const ADMINS: readonly Role[] = ['admin'];
const PUBLISHERS: readonly Role[] = ['admin', 'publisher'];

/** Which roles may do what: the one table that every route asks. Names are the operation ids of /openapi.json. */
export const OPERATION_ROLES = {
  publishEvents: PUBLISHERS,

  listHooks: READERS,
  createHook: ADMINS,
  readHook: READERS,
  readHookStatus: READERS,
  replaceHook: ADMINS,
  patchHook: ADMINS,
  deleteHook: ADMINS,
  // A viewer may do what is a GET by Kong's API, also this.
  pingHook: READERS,
  testHook: ADMINS,
  renderHook: ADMINS,
  rotateSecret: ADMINS,
  listSecrets: READERS,

  listSources: READERS,
  listSourceEvents: READERS,
  readSourceEvent: READERS,
  putSourceEvent: ADMINS,
  deleteSourceEvent: ADMINS,

  listEvents: READERS,
  readEvent: READERS,
  listDeliveries: READERS,
  exportDeliveries: READERS,
  readDelivery: READERS,
  retryDelivery: ADMINS,
  replayHook: ADMINS,
  listReplays: READERS,
  readReplay: READERS,
  cancelReplay: ADMINS,
  readStats: READERS,
  readHookStats: READERS,
  readStream: READERS,
  readSystem: READERS,

  listWorkspaces: READERS,
  createWorkspace: ADMINS,
  readWorkspace: READERS,
  patchWorkspace: ADMINS,
  deleteWorkspace: ADMINS,

  listTokens: READERS,
  createToken: ADMINS,
  deleteToken: ADMINS,
  listAudit: READERS,
} as const satisfies Record<string, readonly Role[]>;

export type Operation = keyof typeof OPERATION_ROLES;
