/** The contract's answers under the names that the screens use. Types only: no schema gets into the bundle. */
export type {
  FaultTree,
  Page,
  PrintedAttempt as Attempt,
  PrintedAuditEntry as AuditEntry,
  PrintedCapacity as Capacity,
  PrintedDecision as HookDecision,
  PrintedDelivery as Delivery,
  PrintedDeliveryWithAttempts as DeliveryWithAttempts,
  PrintedEvent as EventRecord,
  PrintedEventWithDecisions as EventWithDecisions,
  PrintedFilterPreview as FilterPreview,
  PrintedHook as Hook,
  PrintedHookSecret as HookSecret,
  PrintedHookStatus as HookStatus,
  PrintedInbound as InboundEndpoint,
  PrintedNewToken as CreatedToken,
  PrintedRejection as InboundRejection,
  PrintedRender as RenderResult,
  PrintedReplay as Replay,
  PrintedSession as Session,
  PrintedSources as Sources,
  PrintedStats as Stats,
  PrintedSystem as System,
  PrintedTestResult as TestResult,
  PrintedToken as Token,
  PrintedWorkspace as Workspace,
  RecordedMessage as Message,
  SearchPage,
  StatsRangeName as StatsRange,
} from '@eventhooks/contract';

import type { PrintedHookStats } from '@eventhooks/contract';

export type HookStats = PrintedHookStats['data'][number];
