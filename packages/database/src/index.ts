/**
 * PostgreSQL: the schema, its migrations, and every statement but those of the queue and of the firing state.
 *
 * Statements come in two styles. Configuration (hooks, sources, workspaces, tokens, and with them audit entries and
 * replays) is read and written by kysely, which types queries that are built from a request, within a
 * transaction that a route holds. Events, deliveries and what processes note of them are SQL by hand through the pool:
 * these statements work on sets, take locks in a fixed order and are prepared by name, and their plans are tested.
 * `Schema` types the rows of both.
 */

// Changes that all processes follow.
export { type Activity, createActivity } from './activity.ts';
// The archive.
export {
  type ArchiveState,
  type Day,
  forgetArchive,
  isDayChanged,
  listWorkspacesOfDay,
  noteArchive,
  readArchiveState,
  readInstallation,
} from './archived-day.ts';
export { makePage, readPage, type StoredAttempt } from './attempt-pages.ts';
export { findAttemptsOf, findLastDurations } from './attempts.ts';
// Configuration.
export { type AuditRow, insertAuditEntry, listAuditEntries, type NewAuditEntry } from './audit.ts';
export {
  type Backfill,
  feedBackfill,
  findBackfill,
  listMissedEvents,
  type MissedEvent,
  type PastEvent,
} from './backfills.ts';
export { countPaused, readBacklogAges } from './backlog.ts';
// Events and their batches.
export {
  type BatchEvent,
  type ClaimedBatch,
  claimDispatchBatches,
  countUndispatchedEvents,
  extendBatch,
  mayAnythingBeDue,
  readConfigurationVersion,
  releaseBatch,
  returnDueBatches,
  takeDueBatches,
} from './batches.ts';
// How hooks are doing, and what holds their deliveries back.
export { beginProbe, closeBreaker, endProbe, listOpenBreakers, openBreaker } from './breakers.ts';
export { cancelDeliveries, countDeliveries, retryDeliveries } from './bulk.ts';
export { type CapacityFacts, readCapacity } from './capacity.ts';
export {
  addNames,
  countUserSources,
  deleteUserSource,
  findUserSource,
  loadUserSources,
  putUserSource,
} from './catalogue.ts';
export { type ChangeListener, type ChangeListenerOptions, createChangeListener } from './change-listener.ts';
export type { Change, LiveActivity } from './changes.ts';
// Connection, schema, processes.
export { connectDatabase, type Database, type DatabaseOptions } from './connect.ts';
export {
  cancelDelivery,
  type DeliveryFilter,
  type DeliveryStatus,
  findDeliveries,
  findDeliveriesOfEvents,
  findDelivery,
  findDeliveryStates,
  findRecorded,
  listDeliveries,
  retryDelivery,
  type StoredDelivery,
} from './deliveries.ts';
export { claimDeliveryBatches, endFullBatches } from './delivery-batches.ts';
// Counters.
export {
  ALL_HOOKS,
  addStats,
  countWaiting,
  DURATION_BOUNDS_MS,
  deleteExpiredStats,
  emptyCounts,
  readStats,
  readWorstHooks,
  type StatsBucket,
  type StatsCounts,
  type StatsRange,
  type StatsRow,
} from './delivery-stats.ts';
export {
  type BacklogClaim,
  type ClaimedDeliveries,
  cancelDueDeliveries,
  claimDueDeliveries,
  type DueHook,
  listDueHooks,
  returnClaimed,
  type WaitingDelivery,
} from './due-deliveries.ts';
export { type DatabaseErrorKind, explainStartFault, isPermanentFailure, kindOfDatabaseError } from './errors.ts';
export {
  commitEvents,
  type EventReceipt,
  findEvent,
  listEvents,
  lowestId,
  type NewEvent,
  type StoredEvent,
} from './events.ts';
export { noteFilterError } from './filter-errors.ts';
export { type ChangeFollower, followChanges } from './follow-changes.ts';
export { disableHook, hasSucceededSince, listTroubledHooks, noteFailure, noteSuccess } from './hook-health.ts';
export { findHookStatus, type HookStatus } from './hook-status.ts';
// Hook tests.
export {
  answerHookTest,
  deleteHookTest,
  type HookTestText,
  insertHookTest,
  readHookTest,
  readHookTestResult,
} from './hook-tests.ts';
export { endDraining, expireHooks } from './hook-times.ts';
export {
  countUnreadableHooks,
  deleteHook,
  findHook,
  hookPageQuery,
  insertHook,
  isSourceEventUsed,
  listHooks,
  loadHooks,
  type StoredHook,
  updateHook,
  updateSecrets,
} from './hooks.ts';
// Ids.
export { deliveryIdOf, firstIdAt, newId, timeOfId } from './ids.ts';
// Inbound endpoints.
export {
  addInboundNames,
  addRejections,
  countInboundEndpoints,
  deleteInboundEndpoint,
  findInboundEndpoint,
  insertInboundEndpoint,
  listInboundEndpoints,
  listRejections,
  loadInboundEndpoints,
  type NewRejection,
  updateInboundEndpoint,
} from './inbound.ts';
// Secrets of hooks.
export { createKeyring, type Keyring } from './keyring.ts';
export {
  advanceOrder,
  type ClaimedLanes,
  claimLaneBatches,
  claimLanes,
  findInFront,
  type LaneClaim,
  type LanedHook,
  laneKeyOf,
  listLanedHooks,
  listLaneKeys,
  type OrderedRecord,
  positionOf,
  positionWithout,
  printLaneKey,
  recordOrdered,
  releaseHeldKeys,
  releaseOrder,
  wakeLanes,
} from './lanes.ts';
export { type Candidacy, type LeaderOptions, runAsLeader, type Term } from './leader.ts';
export { migrateToLatest } from './migrate.ts';
export { pageDeliveries, pageEvents } from './pages.ts';
export {
  countPartitionDaysAhead,
  deleteExpiredPublisherIds,
  dropExpiredPartitions,
  ensurePartitions,
} from './partitions.ts';
export { countWorkers, keepPresence, listProcesses, readStorage, type SeenProcess } from './processes.ts';
export { type Quota, type QuotaRefusal, type QuotaRequest, takeQuotas } from './quotas.ts';
export { type RateRequest, type RateReservation, reserveRates, returnReservations } from './rates.ts';
export { type BatchMember, type DeliveryRecord, type KeptAttempts, recordDeliveries } from './record-deliveries.ts';
export {
  cancelReplay,
  deleteExpiredReplays,
  type FeedableReplay,
  feedReplay,
  findReplay,
  insertReplay,
  keyDeliveries,
  listFeedableReplays,
  listReplays,
  listUnkeyed,
  type ReplayRow,
} from './replays.ts';
export { openReads, type Reads, type ReplicaOptions } from './replica.ts';
export { checkUsable } from './rights.ts';
export { rotateKeys } from './rotate-keys.ts';
export type { Schema } from './schema.ts';
export {
  findDeliveriesByIds,
  findEventsByIds,
  findEventsByPublisherId,
  findHooksByText,
  type Search,
  searchDeliveries,
  searchEvents,
} from './search.ts';
export { provideSecretKeys } from './secret-keys.ts';
export {
  deleteToken,
  findTokensByHash,
  insertToken,
  listTokens,
  type NewToken,
  type StoredToken,
  type TokenRow,
  touchToken,
  updateToken,
} from './tokens.ts';
export { decideWindows, endWindows, type WindowDecision, type WindowRequest } from './windows.ts';
export {
  deleteWorkspace,
  insertWorkspace,
  listWorkspacePage,
  listWorkspaces,
  updateWorkspace,
  type WorkspaceRow,
} from './workspaces.ts';
export { checkDatabase } from './writable.ts';
