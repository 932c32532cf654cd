import type { Role } from '@eventhooks/contract';

const READERS: readonly Role[] = ['admin', 'viewer'];
const ADMINS: readonly Role[] = ['admin'];
const PUBLISHERS: readonly Role[] = ['admin', 'publisher'];

/** The roles that may use each operation. Every route asks this table. Names are the operation ids of /openapi.json. */
export const OPERATION_ROLES = {
  publishEvents: PUBLISHERS,
  checkEvents: PUBLISHERS,

  listHooks: READERS,
  createHook: ADMINS,
  readHook: READERS,
  readHookStatus: READERS,
  replaceHook: ADMINS,
  patchHook: ADMINS,
  deleteHook: ADMINS,
  // Kong's API makes a ping a GET, and viewers may use every GET.
  pingHook: READERS,
  testHook: ADMINS,
  testDraft: ADMINS,
  renderHook: ADMINS,
  rotateSecret: ADMINS,
  listSecrets: READERS,

  listSources: READERS,
  listSourceEvents: READERS,
  readSourceEvent: READERS,
  putSourceEvent: ADMINS,
  deleteSourceEvent: ADMINS,

  listInbound: READERS,
  createInbound: ADMINS,
  readInbound: READERS,
  replaceInbound: ADMINS,
  patchInbound: ADMINS,
  deleteInbound: ADMINS,
  listRejections: READERS,

  listEvents: READERS,
  readEvent: READERS,
  listDeliveries: READERS,
  exportDeliveries: READERS,
  countDeliveries: READERS,
  changeDeliveries: ADMINS,
  readDelivery: READERS,
  retryDelivery: ADMINS,
  cancelDelivery: ADMINS,
  replayHook: ADMINS,
  listReplays: READERS,
  readReplay: READERS,
  cancelReplay: ADMINS,
  readStats: READERS,
  readHookStats: READERS,
  readStream: READERS,
  readSystem: READERS,
  readCapacity: READERS,

  listWorkspaces: READERS,
  createWorkspace: ADMINS,
  readWorkspace: READERS,
  patchWorkspace: ADMINS,
  deleteWorkspace: ADMINS,

  listTokens: READERS,
  createToken: ADMINS,
  patchToken: ADMINS,
  deleteToken: ADMINS,
  listAudit: READERS,
} as const satisfies Record<string, readonly Role[]>;

export type Operation = keyof typeof OPERATION_ROLES;
