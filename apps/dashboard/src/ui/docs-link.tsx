import { Link } from '@tanstack/react-router';

/** A link to a guide, for those who want to know more. It opens beside the screen, so that nothing typed is lost. */
export function DocsLink({ page, children = 'How it works' }: { page: string; children?: string }) {
  return (
    <Link to="/guides/$page" params={{ page }} target="_blank" className="docs-link">
      {children}
    </Link>
  );
}
