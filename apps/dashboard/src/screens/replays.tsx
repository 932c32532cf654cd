import { Link, useSearch } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { nameHook, refresh, useHooks, useLiveApi } from '../api/queries.ts';
import type { Hook, Page, Replay } from '../api/types.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { Pill } from '../ui/status.tsx';
import { Ago } from '../ui/time.tsx';
import { sayFailure } from '../ui/toasts.tsx';

const pageSize = 50;

const STATES = {
  running: { label: 'Running', tone: 'warn' },
  done: { label: 'Done', tone: 'ok' },
  cancelled: { label: 'Cancelled', tone: 'calm' },
} as const satisfies Record<Replay['status'], { label: string; tone: string }>;

/** Running and past replays with their progress. */
export function Replays() {
  const { offset }: { offset?: string } = useSearch({ strict: false });
  const replays = useLiveApi<Page<Replay>>(
    `/replays?size=${pageSize}${offset === undefined ? '' : `&offset=${offset}`}`,
  );
  const hooks = useHooks();
  return (
    <>
      <PageHead title="Replays">Past deliveries of a hook, sent once more. Started on the hook’s page.</PageHead>
      <Loaded query={replays}>
        {(page) =>
          page.data.length === 0 ? (
            <Empty
              title="No replays yet"
              action={
                <Link to="/hooks" className="button button-plain">
                  Choose a hook
                </Link>
              }
            >
              After a receiver was broken for a while, replay what it missed.
            </Empty>
          ) : (
            <>
              <ul className="replays">
                {page.data.map((replay) => (
                  <ReplayRow
                    key={replay.id}
                    replay={replay}
                    hook={hooks.data?.data.find(({ id }) => id === replay.hook_id)}
                  />
                ))}
              </ul>
              <Pager offset={offset} next={page.offset} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function ReplayRow({ replay, hook }: { replay: Replay; hook: Hook | undefined }) {
  const canChange = useCanChange();
  const { label, tone } = STATES[replay.status];
  const total = replay.total ?? replay.done;
  const cancel = (): void => {
    api('DELETE', `/replays/${replay.id}`)
      .then(() => refresh('/replays'))
      .catch((error: unknown) => sayFailure('It was not cancelled', error));
  };
  return (
    <li className="card replay">
      <div className="replay-head">
        <Link to="/hooks/$id" params={{ id: replay.hook_id }}>
          {nameHook(hook, replay.hook_id)}
        </Link>
        <Pill tone={tone}>{label}</Pill>
        <span className="muted small">
          started <Ago at={replay.created_at} />
          {replay.statuses !== null && replay.statuses.length > 0 && ` · ${replay.statuses.join(', ')}`}
        </span>
      </div>
      <progress
        className="progress"
        max={Math.max(1, total)}
        value={replay.status === 'done' ? Math.max(1, total) : replay.done}
        aria-label="Progress"
      />
      <div className="replay-foot">
        <span className="number">
          {replay.done} of {total}
        </span>
        {replay.status === 'running' && canChange && <Button onClick={cancel}>Cancel</Button>}
      </div>
    </li>
  );
}
