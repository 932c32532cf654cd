import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { basePath } from './api/client.ts';
import {
  readAuditSearch,
  readDeliveriesSearch,
  readEventsSearch,
  readNewHookSearch,
  readOffset,
  readOverviewSearch,
} from './screens/search.ts';
import { Shell } from './shell/shell.tsx';
import { PageHead } from './ui/page-head.tsx';
import { Failed, Loading } from './ui/states.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const under = <const Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

/** Each screen is loaded on its first visit. */
const routeTree = root.addChildren([
  createRoute({
    ...under('/'),
    validateSearch: readOverviewSearch,
    component: lazyRouteComponent(() => import('./screens/overview.tsx'), 'Overview'),
  }),
  createRoute({ ...under('/hooks'), component: lazyRouteComponent(() => import('./screens/hooks.tsx'), 'Hooks') }),
  createRoute({
    ...under('/hooks/new'),
    validateSearch: readNewHookSearch,
    component: lazyRouteComponent(() => import('./screens/hook-edit.tsx'), 'NewHook'),
  }),
  createRoute({
    ...under('/hooks/$id'),
    component: lazyRouteComponent(() => import('./screens/hook.tsx'), 'HookScreen'),
  }),
  createRoute({
    ...under('/hooks/$id/edit'),
    component: lazyRouteComponent(() => import('./screens/hook-edit.tsx'), 'EditHook'),
  }),
  createRoute({
    ...under('/deliveries'),
    validateSearch: readDeliveriesSearch,
    component: lazyRouteComponent(() => import('./screens/deliveries.tsx'), 'Deliveries'),
  }),
  createRoute({
    ...under('/deliveries/$id'),
    component: lazyRouteComponent(() => import('./screens/delivery.tsx'), 'DeliveryScreen'),
  }),
  createRoute({
    ...under('/events'),
    validateSearch: readEventsSearch,
    component: lazyRouteComponent(() => import('./screens/events.tsx'), 'Events'),
  }),
  createRoute({
    ...under('/events/$id'),
    component: lazyRouteComponent(() => import('./screens/event.tsx'), 'EventScreen'),
  }),
  createRoute({
    ...under('/inbound'),
    component: lazyRouteComponent(() => import('./inbound/inbound-list.tsx'), 'InboundList'),
  }),
  createRoute({
    ...under('/inbound/new'),
    component: lazyRouteComponent(() => import('./inbound/inbound-edit.tsx'), 'NewInbound'),
  }),
  createRoute({
    ...under('/inbound/$name'),
    component: lazyRouteComponent(() => import('./inbound/inbound-endpoint.tsx'), 'InboundScreen'),
  }),
  createRoute({
    ...under('/inbound/$name/edit'),
    component: lazyRouteComponent(() => import('./inbound/inbound-edit.tsx'), 'EditInbound'),
  }),
  createRoute({
    ...under('/guides/$page'),
    component: lazyRouteComponent(() => import('./guides/guide.tsx'), 'Guide'),
  }),
  createRoute({
    ...under('/replays'),
    validateSearch: readOffset,
    component: lazyRouteComponent(() => import('./screens/replays.tsx'), 'Replays'),
  }),
  createRoute({
    ...under('/catalogue'),
    component: lazyRouteComponent(() => import('./screens/catalogue.tsx'), 'Catalogue'),
  }),
  createRoute({
    ...under('/access'),
    validateSearch: readOffset,
    component: lazyRouteComponent(() => import('./screens/access.tsx'), 'Access'),
  }),
  createRoute({
    ...under('/workspaces'),
    component: lazyRouteComponent(() => import('./screens/workspaces.tsx'), 'Workspaces'),
  }),
  createRoute({
    ...under('/audit'),
    validateSearch: readAuditSearch,
    component: lazyRouteComponent(() => import('./screens/audit.tsx'), 'Audit'),
  }),
  createRoute({
    ...under('/system'),
    component: lazyRouteComponent(() => import('./screens/system.tsx'), 'SystemScreen'),
  }),
]);

export const router = createRouter({
  routeTree,
  basepath: basePath,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error }) => <Failed error={error} onRetry={() => location.reload()} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return <PageHead title="Not found">There is no such page.</PageHead>;
}
