import { Dialog } from '@base-ui/react/dialog';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import {
  Activity,
  BookOpen,
  Boxes,
  Gauge,
  Inbox,
  KeyRound,
  LayoutDashboard,
  LogOut,
  Menu,
  Monitor,
  Moon,
  Radio,
  RotateCcw,
  ScrollText,
  Sun,
  Webhook,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import { apiReference, openApiUrl, pathOfWorkspace, workspace } from '../api/client.ts';
import { followLive, type LiveState, useLiveState } from '../api/live.ts';
import { refresh, useApi } from '../api/queries.ts';
import type { Page, Workspace } from '../api/types.ts';
import { labelWorkspace } from '../session/label-workspace.ts';
import { closeSession, useSession } from '../session/session.tsx';
import { Logo } from './logo.tsx';
import { type Theme, useTheme } from './theme.ts';

const NAVIGATION = [
  { to: '/', label: 'Overview', icon: LayoutDashboard },
  { to: '/hooks', label: 'Hooks', icon: Webhook },
  { to: '/deliveries', label: 'Deliveries', icon: Activity },
  { to: '/events', label: 'Events', icon: Radio },
  { to: '/inbound', label: 'Inbound', icon: Inbox },
  { to: '/replays', label: 'Replays', icon: RotateCcw },
  { to: '/catalogue', label: 'Catalogue', icon: BookOpen },
  { to: '/access', label: 'Access', icon: KeyRound },
  { to: '/workspaces', label: 'Workspaces', icon: Boxes },
  { to: '/audit', label: 'Audit log', icon: ScrollText },
  { to: '/system', label: 'System', icon: Gauge },
] as const;

/** Screens are refreshed at most this often, however many changes arrive. */
const refreshEveryMs = 1_000;

/** The frame around every screen. */
export function Shell() {
  useLiveRefresh();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [isMenuOpen, setMenuOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: navigation closes the menu
  useEffect(() => setMenuOpen(false), [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <aside className="sidebar">
        <Logo />
        <SidebarContent />
      </aside>
      <header className="topbar">
        <Logo />
        <Dialog.Root open={isMenuOpen} onOpenChange={setMenuOpen}>
          <Dialog.Trigger className="icon-button" aria-label="Menu">
            <Menu aria-hidden="true" />
          </Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Backdrop className="backdrop" />
            <Dialog.Popup className="drawer" aria-label="Menu">
              <SidebarContent />
            </Dialog.Popup>
          </Dialog.Portal>
        </Dialog.Root>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function SidebarContent() {
  return (
    <>
      <WorkspaceSwitch />
      <nav aria-label="Screens">
        <ul>
          {NAVIGATION.map(({ to, label, icon: Icon }) => (
            <li key={to}>
              <Link
                to={to}
                activeOptions={{ exact: to === '/', includeSearch: false }}
                activeProps={{ 'aria-current': 'page' }}
              >
                <Icon aria-hidden="true" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="sidebar-foot">
        <p className="sidebar-links small">
          <a href={apiReference} target="_blank" rel="noreferrer">
            API reference
          </a>
          <a href={openApiUrl} target="_blank" rel="noreferrer">
            OpenAPI
          </a>
        </p>
        <LiveBadge />
        <ThemeSwitch />
        <Account />
      </div>
    </>
  );
}

function WorkspaceSwitch() {
  const { data } = useApi<Page<Workspace>>('/workspaces?size=1000');
  const choices = data?.data.map((one) => ({ name: one.name, label: labelWorkspace(one) })) ?? [
    { name: workspace, label: workspace },
  ];
  return (
    <label className="workspace-switch">
      <span>Workspace</span>
      <select
        value={workspace}
        disabled={choices.length < 2}
        title={choices.find(({ name }) => name === workspace)?.label}
        onChange={(event) => location.assign(pathOfWorkspace(event.target.value))}
      >
        {choices.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

const LIVE_LABELS = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Every few seconds',
} as const satisfies Record<LiveState, string>;

function LiveBadge() {
  const state = useLiveState();
  return (
    <span className={`live live-${state}`} role="status">
      <span className="live-dot" aria-hidden="true" />
      {LIVE_LABELS[state]}
    </span>
  );
}

const THEMES = [
  ['system', Monitor, 'As the system'],
  ['light', Sun, 'Light'],
  ['dark', Moon, 'Dark'],
] as const satisfies readonly [Theme, typeof Sun, string][];

function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  return (
    <fieldset className="theme-switch">
      <legend className="visually-hidden">Colours</legend>
      {THEMES.map(([name, Icon, label]) => (
        <button key={name} type="button" aria-pressed={theme === name} title={label} onClick={() => setTheme(name)}>
          <Icon aria-hidden="true" />
          <span className="visually-hidden">{label}</span>
        </button>
      ))}
    </fieldset>
  );
}

function Account() {
  const session = useSession();
  if (!session.is_token_required) return <p className="account small muted">No token needed on this machine</p>;
  return (
    <div className="account">
      <span className="small">
        <span className="account-name">{session.name.replace(/ \(.*\)$/, '')}</span>{' '}
        <span className="muted">{session.role}</span>
      </span>
      <button type="button" className="icon-button" title="Sign out" onClick={() => void closeSession()}>
        <LogOut aria-hidden="true" />
        <span className="visually-hidden">Sign out</span>
      </button>
    </div>
  );
}

function useLiveRefresh(): void {
  useEffect(() => {
    const due = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      void refresh(...due);
      due.clear();
    };
    const stop = followLive((kind) => {
      const paths =
        kind === 'activity' ? ['/deliveries', '/events', '/stats', '/replays'] : ['/event-hooks', '/tokens', '/audit'];
      for (const path of paths) due.add(path);
      timer ??= setTimeout(flush, refreshEveryMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
}
