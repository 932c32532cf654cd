import type { Route } from '../http/route.ts';
import { INBOUND_ROUTES } from '../inbound/routes.ts';
import { cancelDeliveryRoute } from './cancel-delivery.ts';
import { cancelReplayRoute } from './cancel-replay.ts';
import { changeDeliveriesRoute } from './change-deliveries.ts';
import { checkEventsRoute } from './check-events.ts';
import { countDeliveriesRoute } from './count-deliveries.ts';
import { createHookRoute } from './create-hook.ts';
import { createTokenRoute } from './create-token.ts';
import { createWorkspaceRoute } from './create-workspace.ts';
import { deleteHookRoute } from './delete-hook.ts';
import { deleteSourceEventRoute } from './delete-source-event.ts';
import { deleteTokenRoute } from './delete-token.ts';
import { deleteWorkspaceRoute } from './delete-workspace.ts';
import { exportDeliveriesRoute } from './export-deliveries.ts';
import { listAuditRoute } from './list-audit.ts';
import { listDeliveriesRoute } from './list-deliveries.ts';
import { listEventsRoute } from './list-events.ts';
import { listHooksRoute } from './list-hooks.ts';
import { listReplaysRoute } from './list-replays.ts';
import { listSecretsRoute } from './list-secrets.ts';
import { listSourceEventsRoute } from './list-source-events.ts';
import { listSourcesRoute } from './list-sources.ts';
import { listTokensRoute } from './list-tokens.ts';
import { listWorkspacesRoute } from './list-workspaces.ts';
import { patchHookRoute } from './patch-hook.ts';
import { patchTokenRoute } from './patch-token.ts';
import { patchWorkspaceRoute } from './patch-workspace.ts';
import { pingHookRoute } from './ping-hook.ts';
import { publishEventsRoute } from './publish-events.ts';
import { putSourceEventRoute } from './put-source-event.ts';
import { readCapacityRoute } from './read-capacity.ts';
import { readDeliveryRoute } from './read-delivery.ts';
import { readEventRoute } from './read-event.ts';
import { readHookRoute } from './read-hook.ts';
import { readHookStatusRoute } from './read-hook-status.ts';
import { readReplayRoute } from './read-replay.ts';
import { readSourceEventRoute } from './read-source-event.ts';
import { readHookStatsRoute, readStatsRoute } from './read-stats.ts';
import { readStreamRoute } from './read-stream.ts';
import { readSystemRoute } from './read-system.ts';
import { readWorkspaceRoute } from './read-workspace.ts';
import { renderHookRoute } from './render-hook.ts';
import { replaceHookRoute } from './replace-hook.ts';
import { replayHookRoute } from './replay-hook.ts';
import { retryDeliveryRoute } from './retry-delivery.ts';
import { rotateSecretRoute } from './rotate-secret.ts';
import { testDraftRoute } from './test-draft.ts';
import { testHookRoute } from './test-hook.ts';

/** Publishing and the other routes of its path: mounted before the middleware that publishing does not need. */
export const EVENT_ROUTES: readonly Route[] = [publishEventsRoute, checkEventsRoute, listEventsRoute, readEventRoute];

/** All others. A fixed path comes before one with a parameter in its place. */
export const ROUTES: readonly Route[] = [
  listSourcesRoute,
  listSourceEventsRoute,
  readSourceEventRoute,
  putSourceEventRoute,
  deleteSourceEventRoute,
  renderHookRoute,
  testDraftRoute,
  listHooksRoute,
  createHookRoute,
  readHookRoute,
  replaceHookRoute,
  patchHookRoute,
  deleteHookRoute,
  readHookStatusRoute,
  pingHookRoute,
  testHookRoute,
  rotateSecretRoute,
  listSecretsRoute,
  listDeliveriesRoute,
  exportDeliveriesRoute,
  countDeliveriesRoute,
  changeDeliveriesRoute,
  readDeliveryRoute,
  retryDeliveryRoute,
  cancelDeliveryRoute,
  replayHookRoute,
  listReplaysRoute,
  readReplayRoute,
  cancelReplayRoute,
  ...INBOUND_ROUTES,
  listWorkspacesRoute,
  createWorkspaceRoute,
  readWorkspaceRoute,
  patchWorkspaceRoute,
  deleteWorkspaceRoute,
  listTokensRoute,
  createTokenRoute,
  patchTokenRoute,
  deleteTokenRoute,
  listAuditRoute,
  readStatsRoute,
  readHookStatsRoute,
  readStreamRoute,
  readSystemRoute,
  readCapacityRoute,
];
