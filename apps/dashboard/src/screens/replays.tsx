import { Link, useSearch } from '@tanstack/react-router';
import { useHooks, useLiveApi } from '../api/queries.ts';
import type { Page, Replay } from '../api/types.ts';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { ReplayRow } from './replay-row.tsx';

const pageSize = 50;

/** Running and past replays with their progress. */
export function Replays() {
  const { offset }: { offset?: string } = useSearch({ strict: false });
  const replays = useLiveApi<Page<Replay>>(
    `/replays?size=${pageSize}${offset === undefined ? '' : `&offset=${offset}`}`,
  );
  const hooks = useHooks();
  return (
    <>
      <PageHead title="Replays">
        Past deliveries sent once more, and past events delivered. You start them on a hook’s page.{' '}
        <DocsLink page="deliveries" />
      </PageHead>
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
                  <li key={replay.id}>
                    <ReplayRow replay={replay} hook={hooks.data?.data.find(({ id }) => id === replay.hook_id)} />
                  </li>
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
