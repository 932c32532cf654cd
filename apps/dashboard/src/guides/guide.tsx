import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { MouseEvent } from 'react';
import { PageHead } from '../ui/page-head.tsx';
import { Failed, Loaded } from '../ui/states.tsx';

/** The guides of `docs`, each turned into HTML at the build (vite.config.ts). */
const guides = import.meta.glob<string>('../../../../docs/*.md', { query: '?guide', import: 'default' });

/** One guide of the documentation, of the version that is running. */
export function Guide() {
  const { page = '' } = useParams({ strict: false });
  const load = guides[`../../../../docs/${page}.md`];
  if (load === undefined) return <Failed error={new Error('There is no such guide.')} />;
  return <LoadedGuide key={page} page={page} load={load} />;
}

function LoadedGuide({ page, load }: { page: string; load: () => Promise<string> }) {
  const guide = useQuery({ queryKey: ['guide', page], queryFn: load, staleTime: Number.POSITIVE_INFINITY });
  const navigate = useNavigate();
  const follow = (event: MouseEvent<HTMLElement>): void => {
    const link = event.target instanceof Element ? event.target.closest('a[data-guide]') : null;
    const to = link?.getAttribute('data-guide');
    if (!to || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [next = '', hash] = to.split('#');
    void navigate({ to: '/guides/$page', params: { page: next === '' ? page : next }, ...(hash && { hash }) });
  };
  return (
    <Loaded query={guide}>
      {(html) => {
        const [, title = page] = /<h1[^>]*>(.*?)<\/h1>/.exec(html) ?? [];
        return (
          <>
            <PageHead title={title} />
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: links are followed by keyboard as clicks */}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the links within are what is clicked */}
            <div
              className="card guide"
              onClick={follow}
              // biome-ignore lint/security/noDangerouslySetInnerHtml: our own guides, made at the build
              dangerouslySetInnerHTML={{ __html: html.replace(/<h1[^>]*>.*?<\/h1>/, '') }}
            />
          </>
        );
      }}
    </Loaded>
  );
}
